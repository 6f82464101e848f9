import { MillraceError } from '../../lib/error.ts';
import { compileAccessor } from '../../lib/event/accessor.ts';
import type { EventRecord } from '../../lib/event/entry.ts';
import { accessor, numbered, regexp, sections, string } from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import { accessorReader } from '../../lib/option/reader.ts';
import { compileRegexp } from '../../lib/option/regexp.ts';
import { defineFilter } from '../../lib/plugin/define.ts';
import { textOf } from '../../lib/plugin/field_text.ts';

const conditionShape = {
  key: accessor({ doc: 'The field: a name, or a path such as `$.a.b`.', required: true }),
  pattern: regexp({ doc: 'What the field is matched with.', required: true }),
};
const groupShape = {
  regexp: sections(conditionShape, { doc: 'A condition for keeping an event.' }),
  exclude: sections(conditionShape, { doc: 'A condition for dropping an event.' }),
};

export default defineFilter({
  type: 'grep',
  doc: 'Keeps the events whose fields match, drops the others. A field that is missing counts as the empty text, a list or map as its JSON.',
  options: {
    regexp: sections(conditionShape, {
      doc: 'An event is kept only if every one of these matches.',
    }),
    exclude: sections(conditionShape, { doc: 'An event is dropped if any of these matches.' }),
    and: sections(groupShape, {
      doc: 'Keeps an event if all `<regexp>` match; or drops it if all `<exclude>` match.',
    }),
    or: sections(groupShape, {
      doc: 'Keeps an event if any `<regexp>` matches; or drops it if any `<exclude>` matches.',
    }),
    ...numbered(
      'regexp',
      string({
        doc: 'Older form of `<regexp>`: a field, a blank, and an expression without slashes around it.',
      }),
    ),
    ...numbered(
      'exclude',
      string({
        doc: 'Older form of `<exclude>`: a field, a blank, and an expression without slashes around it.',
      }),
    ),
  },
  create(options) {
    checkGroups(options.and, 'and');
    checkGroups(options.or, 'or');
    const keepAll = withoutRepeats('regexp', [
      ...olderForms('regexp', options),
      ...options.regexp,
      ...options.and.flatMap((group) => group.regexp),
    ]);
    const dropAny = withoutRepeats('exclude', [
      ...olderForms('exclude', options),
      ...options.exclude,
      ...options.or.flatMap((group) => group.exclude),
    ]);
    const keepAny = withoutRepeats(
      'regexp',
      options.or.flatMap((group) => group.regexp),
    );
    const dropAll = withoutRepeats(
      'exclude',
      options.and.flatMap((group) => group.exclude),
    );
    return (entry) => {
      const { record } = entry;
      if (!matchesAll(keepAll, record) || matchesAny(dropAny, record)) return null;
      if (keepAny.length > 0 && !matchesAny(keepAny, record)) return null;
      return dropAll.length > 0 && matchesAll(dropAll, record) ? null : entry;
    };
  },
});

type Condition = Parsed<typeof conditionShape>;

function withoutRepeats(section: string, all: readonly Condition[]): readonly Condition[] {
  const seen = new Set<string>();
  for (const { key } of all) {
    const name = accessorReader.print?.(key) ?? '';
    if (seen.has(name)) {
      throw new MillraceError(
        'MR_OPTION',
        `filter \`grep\`: \`<${section}>\` has the key \`${name}\` twice`,
        { hint: 'join the patterns with `|`' },
      );
    }
    seen.add(name);
  }
  return all;
}

function checkGroups(groups: readonly Parsed<typeof groupShape>[], name: string): void {
  if (groups.every((group) => group.regexp.length === 0 || group.exclude.length === 0)) return;
  throw new MillraceError(
    'MR_OPTION',
    `filter \`grep\`: \`<${name}>\` holds both \`<regexp>\` and \`<exclude>\``,
    { hint: `use one \`<${name}>\` for each` },
  );
}

function olderForms(
  name: 'regexp' | 'exclude',
  options: { readonly [key: string]: unknown },
): readonly Condition[] {
  return Object.entries(options).flatMap(([key, text]) => {
    if (typeof text !== 'string' || !new RegExp(`^${name}\\d+$`).test(key)) return [];
    const blank = text.indexOf(' ');
    if (blank === -1) {
      throw new MillraceError(
        'MR_OPTION',
        `filter \`grep\`: \`${key}\` has no pattern: \`${text}\``,
        {
          hint: 'write a field, a blank, and an expression',
        },
      );
    }
    // As in Fluentd, slashes in this form are part of the expression.
    return [
      {
        key: compileAccessor(text.slice(0, blank)),
        pattern: compileRegexp(`/${text.slice(blank + 1)}/`),
      },
    ];
  });
}

function matchesAll(all: readonly Condition[], record: EventRecord): boolean {
  for (const { key, pattern } of all) if (!pattern.test(textOf(key.get(record)))) return false;
  return true;
}

function matchesAny(any: readonly Condition[], record: EventRecord): boolean {
  for (const { key, pattern } of any) if (pattern.test(textOf(key.get(record)))) return true;
  return false;
}

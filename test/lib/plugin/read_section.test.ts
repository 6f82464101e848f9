import assert from 'node:assert/strict';
import test from 'node:test';
import type { MillraceError, Place } from '../../../lib/error.ts';
import * as option from '../../../lib/option/declare.ts';
import type { SourceSection } from '../../../lib/option/option.ts';
import type { Kind } from '../../../lib/plugin/contract.ts';
import { type AnyPlugin, anyPlugin, defineParser } from '../../../lib/plugin/define.ts';
import { nested, nestedList } from '../../../lib/plugin/nested.ts';
import { readSection } from '../../../lib/plugin/read_section.ts';

/** A section whose places tell the key and value by line and column. */
function section(
  name: string,
  values: { readonly [key: string]: string | null },
  sections: readonly SourceSection[] = [],
  argument = '',
): SourceSection {
  const entries = Object.entries(values).map(([key, text], index) => {
    return [key, { text, keyAt: at(index + 2, 1), valueAt: at(index + 2, 10) }] as const;
  });
  return {
    name,
    argument,
    at: at(1, 1),
    argumentAt: argument === '' ? undefined : at(1, 5),
    values: new Map(entries),
    sections,
  };
}

function at(line: number, column: number): Place {
  return { file: 'a.conf', line, column, length: 1, source: '' };
}

const words = anyPlugin(
  defineParser({
    type: 'words',
    doc: 'Splits.',
    options: { separator: option.string({ doc: 's', default: ' ' }) },
    create: () => ({ parse: () => null }),
  }),
);

class Reader {
  readonly faults: MillraceError[] = [];
  readonly unknowns: MillraceError[] = [];

  async load(kind: Kind, type: string): Promise<AnyPlugin | undefined> {
    return kind === 'parser' && type === 'words' ? words : undefined;
  }
  fault(fault: MillraceError): void {
    this.faults.push(fault);
  }
  unknown(fault: MillraceError): void {
    this.unknowns.push(fault);
  }
}

const shape = {
  path: option.string({ doc: 'p', required: true }),
  flushInterval: option.duration({ doc: 'f', default: 1000, aliases: ['flushEvery'] }),
  password: option.integer({ doc: 'p', secret: true }),
  parse: nested('parser', { doc: 'p', default: 'words' }),
  store: nestedList('parser', { doc: 's' }),
  record: option.free({ doc: 'r' }),
  rule: option.section(
    { match: option.string({ doc: 'm' }), limit: option.integer({ doc: 'l', default: 3 }) },
    { doc: 'r', argument: 'match' },
  ),
};

test('reads values, their aliases, nested plugins and sections', async () => {
  const reader = new Reader();
  const parsed = await readSection(
    shape,
    section('match', { path: '/a', flush_every: '5s' }, [
      section('parse', { '@type': 'words', separator: ',' }),
      section('store', {}, [], 'words'),
      section('record', { a: 'b', c: null }),
      section('rule', { limit: '9' }, [], 'x.*'),
    ]),
    'output `sample`',
    reader,
  );
  assert.deepEqual(reader.faults, []);
  assert.deepEqual(reader.unknowns, []);
  assert.deepEqual(parsed, {
    path: '/a',
    flushInterval: 5000,
    password: undefined,
    parse: { plugin: words, options: { separator: ',' } },
    store: [{ plugin: words, options: { separator: ' ' } }],
    record: new Map([['a', 'b']]),
    rule: { match: 'x.*', limit: 9 },
  });
});

test('takes the default plugin where its section is absent', async () => {
  const parsed = await readSection(shape, section('match', { path: '' }), 'o', new Reader());
  assert.deepEqual(parsed['parse'], { plugin: words, options: { separator: ' ' } });
});

test('takes several free sections as one, the last value of a key counting', async () => {
  const parsed = await readSection(
    { record: shape.record },
    section('filter', {}, [section('record', { a: '1', b: '1' }), section('record', { a: '2' })]),
    'filter `sample`',
    new Reader(),
  );
  assert.deepEqual(
    [...(parsed['record'] as ReadonlyMap<string, string>)],
    [
      ['a', '2'],
      ['b', '1'],
    ],
  );
});

test('unsets a value that is null, default and all', async () => {
  const given = section('match', { path: '/a', flush_interval: null });
  assert.equal((await readSection(shape, given, 'o', new Reader()))['flushInterval'], undefined);
});

test('reports every fault at its place and reads on', async () => {
  const reader = new Reader();
  const parsed = await readSection(
    shape,
    section('match', { flush_interval: 'soon', password: 'hunter2' }, [
      section('parse', { '@type': 'wrods' }),
      section('store', {}),
      section('rule', {}),
      section('rule', {}),
    ]),
    'output `sample`',
    reader,
  );
  assert.deepEqual(
    reader.faults.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} [${hint}]`),
    [
      '1:1 output `sample` needs `path` [p]',
      '2:10 `flush_interval` of output `sample` cannot be read [expected a duration such as 500ms, 10s, 1h30m or a number of seconds, not `soon`]',
      '3:1 `password` of output `sample` cannot be read [its value is not right]',
      '1:1 `<store>` of output `sample` needs `@type` [it names the parser]',
      '1:1 `<rule>` of output `sample` may stand only once [put both into one section]',
    ],
  );
  assert.equal(parsed['flushInterval'], 1000);
});

test('reports unknown keys and sections with the nearest known name', async () => {
  const reader = new Reader();
  await readSection(
    shape,
    section('match', { path: '/a', flush_intervall: '1s', zzz: '', mine: '' }, [
      section('recrod', {}),
      section('buffer', {}),
    ]),
    'output `sample`',
    reader,
    { keys: ['mine'], sections: ['buffer'] },
  );
  assert.deepEqual(
    reader.unknowns.map(({ message, hint }) => [message, hint]),
    [
      ['`flush_intervall` is not an option of output `sample`', 'did you mean `flush_interval`?'],
      ['`zzz` is not an option of output `sample`', undefined],
      ['`<recrod>` is not a section of output `sample`', 'did you mean `<record>`?'],
    ],
  );
});

test('takes `format` for the parser where that has no section, with the parser’s options beside it', async () => {
  const reader = new Reader();
  const given = section('filter', { path: '/a', format: 'words', separator: ';', zzz: '' });
  const parsed = await readSection(shape, given, 'filter `sample`', reader);
  assert.deepEqual(parsed['parse'], { plugin: words, options: { separator: ';' } });
  assert.deepEqual(
    reader.unknowns.map(({ message }) => message),
    ['`zzz` is not an option of filter `sample`'],
  );
});

test('refuses a number beyond those of a numbered option', async () => {
  const reader = new Reader();
  const numbered = { ...option.numbered('format', option.string({ doc: 'f' })) };
  const given = section('parse', { format1: 'a', format21: 'b', other21: '' });
  await readSection(numbered, given, 'parser `sample`', reader);
  assert.deepEqual(
    reader.faults.map(({ message }) => message),
    ['`format21` of parser `sample` has a number that is not 1 to 20'],
  );
  assert.equal(reader.unknowns.length, 1);
});

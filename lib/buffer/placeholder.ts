import { MillraceError, Unrecoverable } from '../error.ts';
import { EventTime } from '../event/time.ts';
import { compileTimeFormatter, type TimeFormatter } from '../event/time_format.ts';
import { utcZone } from '../event/time_zone.ts';
import type { Log } from '../log.ts';
import { type ChunkKeys, printKeyValue } from './chunk_key.ts';
import type { BufferPlan } from './options.ts';
import type { KeyValues } from './store/chunk_head.ts';

const tagPlaceholder = /\$\{tag(?:\[-?\d+\])?\}/;
const keyPlaceholder = /\$\{([-_.@$a-zA-Z0-9]+)\}/g;
const anyPlaceholder = /\$\{(?:tag\[(-?\d+)\]|([-_.@$a-zA-Z0-9]+))\}/g;
const templateLimit = 1000;

/** Which chunk keys templates may use, and the zone of the time slices. */
export type TemplateKeys = Pick<ChunkKeys, 'usesTag' | 'usesTime' | 'fields' | 'zone'>;

/**
 * Fills in templates from the key of a chunk, in Fluentd's order: first strftime directives (if `time` is a
 * chunk key), then `${tag}`, `${tag[n]}`, `${chunk_id}` and `${field}`. What is filled in is not looked at again.
 */
export class Templates {
  readonly #keys: TemplateKeys;
  readonly #log: Log;
  readonly #formatters = new Map<string, TimeFormatter>();

  constructor(keys: TemplateKeys, log: Log) {
    this.#keys = keys;
    this.#log = log;
  }

  /** @throws Unrecoverable when a tag or a field's value would lead out of a folder */
  expand(template: string, chunkId: string, key: KeyValues): string {
    const { usesTag, usesTime, fields } = this.#keys;
    const timed =
      usesTime && key.timekey !== undefined ? this.#format(template, key.timekey) : template;
    const parts = usesTag && key.tag !== undefined ? splitTag(key.tag) : [];
    return timed.replace(anyPlaceholder, (whole, index?: string, name?: string) => {
      if (index !== undefined) {
        if (!usesTag) return whole;
        return checked(parts.at(Number(index)) ?? '', template);
      }
      if (name === 'chunk_id') return chunkId;
      if (name === 'tag') return usesTag ? checked(key.tag ?? '', template) : whole;
      if (fields.length === 0) return whole;
      if (name === undefined || !key.variables.has(name)) {
        this.#log.warn(`\`${whole}\` in \`${template}\` is no chunk key and stays empty`);
        return '';
      }
      return checked(printKeyValue(key.variables.get(name)), template);
    });
  }

  #format(template: string, timekey: number): string {
    let formatter = this.#formatters.get(template);
    if (formatter === undefined) {
      if (this.#formatters.size >= templateLimit) this.#formatters.clear();
      formatter = compileTimeFormatter({ format: template, local: this.#keys.zone });
      this.#formatters.set(template, formatter);
    }
    return formatter(new EventTime(timekey, 0));
  }
}

/** What is wrong with a template in view of the chunk keys: a placeholder too many or, unless it may omit some, too few. */
export function checkTemplate(
  template: string,
  plan: BufferPlan,
  mayOmitKeys = false,
): MillraceError[] {
  const fields = new Set(plan.chunkKeys);
  const usesTag = fields.delete('tag');
  const usesTime = fields.delete('time');
  const faults: string[] = [];
  const unit = finestUnit(template);
  const timekeySec = (plan.options.timekey ?? 0) / 1000;
  if (usesTime && unit === undefined && !mayOmitKeys)
    faults.push('it has no placeholder for the time slice');
  if (!usesTime && unit !== undefined) {
    faults.push(`it has the time placeholder \`${unit.example}\`, but \`time\` is no chunk key`);
  }
  if (usesTime && unit !== undefined && timekeySec < unit.sec) {
    faults.push(`the \`timekey\` is shorter than a ${unit.name}: it needs a finer placeholder`);
  }
  const hasTag = tagPlaceholder.test(template);
  if (usesTag && !hasTag && !mayOmitKeys)
    faults.push('it has no `${tag}`, but `tag` is a chunk key');
  if (!usesTag && hasTag) faults.push('it has a tag placeholder, but `tag` is no chunk key');
  const named = new Set(Array.from(template.matchAll(keyPlaceholder), ([, name = '']) => name));
  named.delete('tag');
  named.delete('chunk_id');
  for (const field of fields) {
    if (!named.has(field) && !mayOmitKeys)
      faults.push(`it has no \`\${${field}}\`, which is a chunk key`);
  }
  for (const name of named) {
    if (!fields.has(name)) faults.push(`\`\${${name}}\` is no chunk key`);
  }
  return faults.map((fault) => new MillraceError('MR_PLAN', `\`${template}\`: ${fault}`));
}

interface TimeUnit {
  readonly sec: number;
  readonly name: string;
  readonly example: string;
}

const units: readonly TimeUnit[] = [
  { sec: 1, name: 'second', example: '%S' },
  { sec: 60, name: 'minute', example: '%M' },
  { sec: 3600, name: 'hour', example: '%H' },
  { sec: 86_400, name: 'day', example: '%d' },
];
/** 1 January 2016, midnight: the next second, minute, hour and day print differently where they are printed. */
const baseSec = 1_451_606_400;

/** The finest unit that makes a difference in what a template gives. */
function finestUnit(template: string): TimeUnit | undefined {
  const format = compileTimeFormatter({ format: template, local: utcZone });
  const base = format(new EventTime(baseSec, 0));
  return units.find(({ sec }) => format(new EventTime(baseSec + sec, 0)) !== base);
}

/** Parts of a tag, as Ruby splits it: empty ones at the end do not count. */
function splitTag(tag: string): string[] {
  const parts = tag.split('.');
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function checked(value: string, template: string): string {
  if (!/^\/|(?:^|[/\\])\.\.(?:[/\\]|$)|\0/.test(value)) return value;
  throw new Unrecoverable(
    `\`${value}\` must not be filled in \`${template}\`: it could lead out of the folder`,
    { refusesParts: true },
  );
}

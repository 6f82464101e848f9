import { MsgpackWriter } from '../codec/msgpack_writer.ts';
import { type Accessor, compileAccessor } from '../event/accessor.ts';
import type { EventBatch } from '../event/batch.ts';
import type { Entry, EventValue } from '../event/entry.ts';
import type { TimeZone } from '../event/time_zone.ts';
import type { BufferPlan } from './options.ts';
import type { KeyValues } from './store/chunk_head.ts';
import { sliceStart, sliceZone } from './time_slice.ts';

/** Events of a batch that go to the same chunk. */
export interface KeyGroup {
  /** The same for equal keys, and for those only. */
  readonly keyText: string;
  readonly key: KeyValues;
  /** Undefined: all of the batch, which then need not be decoded. */
  readonly entries: readonly Entry[] | undefined;
}

const noVariables: ReadonlyMap<string, EventValue> = new Map();
const writer = new MsgpackWriter();

/** The chunk keys of a buffer, ready to sort events by. */
export class ChunkKeys {
  readonly usesTag: boolean;
  readonly usesTime: boolean;
  /** Record fields among the keys, as written. */
  readonly fields: readonly string[];
  readonly zone: TimeZone;
  readonly timekeyMs: number;
  readonly #accessors: readonly Accessor[];
  /** Keys of tags, so that a batch of a known tag costs one look-up. */
  readonly #byTag = new Map<string, KeyValues>();

  /** @throws MR_TIME when the zone is unknown, MR_ACCESSOR when a field is no accessor */
  constructor(plan: BufferPlan, timeZone: string | undefined) {
    const keys = new Set(plan.chunkKeys);
    this.usesTag = keys.delete('tag');
    this.usesTime = keys.delete('time');
    this.fields = [...keys];
    this.#accessors = this.fields.map(compileAccessor);
    this.zone = sliceZone(plan.options, timeZone);
    this.timekeyMs = plan.options.timekey ?? Number.POSITIVE_INFINITY;
  }

  /** The groups of a batch, in the order in which they first appear. */
  group(batch: EventBatch): readonly KeyGroup[] {
    if (!this.usesTime && this.#accessors.length === 0) {
      const key = this.#tagKey(batch.tag);
      return [{ keyText: key.tag ?? '', key, entries: undefined }];
    }
    const slice = this.#sliceOfAll(batch);
    if (slice !== undefined) return [slice];
    const groups = new Map<string, { key: KeyValues; entries: Entry[] }>();
    let lastText: string | undefined;
    let last: Entry[] = [];
    const tag = this.usesTag ? batch.tag : undefined;
    for (const entry of batch.entries()) {
      const timekey = this.#timekeyOf(entry.time.sec);
      const values = this.#accessors.map((accessor) => accessor.get(entry.record) ?? null);
      const text = keyTextOf(tag, timekey, values);
      if (text !== lastText) {
        let group = groups.get(text);
        if (group === undefined) {
          group = { key: this.#key(tag, timekey, values), entries: [] };
          groups.set(text, group);
        }
        lastText = text;
        last = group.entries;
      }
      last.push(entry);
    }
    const isOne = groups.size === 1;
    return Array.from(groups, ([keyText, { key, entries }]) => ({
      keyText,
      key,
      entries: isOne ? undefined : entries,
    }));
  }

  /** The text of a key that a store gives back; the same that `group` gives. */
  textOf(key: KeyValues): string {
    if (!this.usesTime && this.#accessors.length === 0) return key.tag ?? '';
    const values = this.fields.map((field) => key.variables.get(field) ?? null);
    return keyTextOf(key.tag, key.timekey, values);
  }

  /** Whether a key has what these chunk keys ask for, no more and no less: the configuration may have changed. */
  fits(key: KeyValues): boolean {
    return (
      (key.tag !== undefined) === this.usesTag &&
      (key.timekey !== undefined) === this.usesTime &&
      key.variables.size === this.fields.length &&
      this.fields.every((field) => key.variables.has(field))
    );
  }

  /** The one group of entries that are not decoded, when their times tell that there is one. */
  #sliceOfAll({ undecoded, tag }: EventBatch): KeyGroup | undefined {
    if (undecoded === undefined || this.#accessors.length > 0) return undefined;
    const timekey = this.#timekeyOf(undecoded.firstSec);
    if (timekey !== this.#timekeyOf(undecoded.lastSec)) return undefined;
    const ownTag = this.usesTag ? tag : undefined;
    const keyText = keyTextOf(ownTag, timekey, []);
    return { keyText, key: this.#key(ownTag, timekey, []), entries: undefined };
  }

  #timekeyOf(sec: number): number | undefined {
    return this.usesTime ? sliceStart(sec, this.timekeyMs, this.zone) : undefined;
  }

  #tagKey(tag: string): KeyValues {
    const own = this.usesTag ? tag : '';
    let key = this.#byTag.get(own);
    if (key === undefined) {
      key = this.#key(this.usesTag ? tag : undefined, undefined, []);
      if (this.#byTag.size >= 10_000) this.#byTag.clear();
      this.#byTag.set(own, key);
    }
    return key;
  }

  #key(
    tag: string | undefined,
    timekey: number | undefined,
    values: readonly EventValue[],
  ): KeyValues {
    if (values.length === 0) return { tag, timekey, variables: noVariables };
    const variables = new Map<string, EventValue>();
    for (const [index, field] of this.fields.entries()) variables.set(field, values[index] ?? null);
    return { tag, timekey, variables };
  }
}

/** Lengths go before texts, so that no two keys give the same text. */
function keyTextOf(
  tag: string | undefined,
  timekey: number | undefined,
  values: readonly EventValue[],
): string {
  let text = `${timekey ?? ''};${tag?.length ?? ''};${tag ?? ''}`;
  for (const value of values) text += valueText(value);
  return text;
}

function valueText(value: EventValue): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length};${value}`;
    case 'number':
      return `n${value};`;
    case 'bigint':
      return `i${value};`;
    case 'boolean':
      return value ? 't;' : 'f;';
    default: {
      if (value === null) return 'z;';
      writer.clear();
      writer.value(value);
      const bytes = Buffer.from(writer.take()).toString('latin1');
      return `m${bytes.length};${bytes}`;
    }
  }
}

/** A value of a chunk key as a placeholder prints it: nothing for null. */
export function printKeyValue(value: EventValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value !== 'object') return String(value);
  return printObject(value);
}

function printObject(value: object): string {
  const own = Object.getPrototypeOf(value);
  const isPlain = own === Object.prototype || own === null || Array.isArray(value);
  return isPlain
    ? JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
    : String(value);
}

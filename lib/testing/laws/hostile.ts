import {
  type EventRecord,
  type EventValue,
  Extension,
  RawString,
  setField,
  type TaggedEntry,
} from '../../event/entry.ts';
import { EventTime } from '../../event/time.ts';
import { event } from '../event.ts';
import { seededRandom } from '../seeded_random.ts';

/** Records such as nobody expects and anybody may send. The same ones every time, new ones for each call. */
export function hostileRecords(): readonly EventRecord[] {
  return [
    {},
    { '': '' },
    { message: '', level: null, ok: false },
    { message: 'a\u0000b\r\n\t"\\\u2028', é: '😀', 'a.b': { 'c d': [] } },
    { n: 2n ** 64n - 1n, min: -(2n ** 63n), max: Number.MAX_SAFE_INTEGER, tiny: 5e-324, zero: -0 },
    { nan: Number.NaN, far: Number.POSITIVE_INFINITY, big: 1e300 },
    { raw: new RawString(Uint8Array.of(0x61, 0xff, 0x62)), bytes: Uint8Array.of(0, 255, 10) },
    { at: new EventTime(-1, 999_999_999), unknown: new Extension(-7, Uint8Array.of(1, 2)) },
    { list: [null, [[], [{}]], 'x', 1], deep: nested(60) },
    { message: 'x'.repeat(100_000) },
    withOwn('__proto__', { polluted: 'yes' }),
    withOwn('__proto__', 'yes'),
    { constructor: { prototype: { polluted: 'yes' } }, toString: 1, hasOwnProperty: null },
    { time: 'soon', record: { time: -1 }, tag: 7, message: ['a', 1] },
    ...randomRecords(40),
  ];
}

/** The records with tags and times that are as strange. */
export function hostileEvents(): readonly TaggedEntry[] {
  const tags = ['app', 'app.web.log', '', '.', 'a..b', '*', '${tag}', '__proto__', 'é 😀'];
  const times = [
    new EventTime(1_700_000_000, 999_999_999),
    new EventTime(0, 0),
    new EventTime(-1, 1),
    new EventTime(2 ** 32 + 5, 1),
  ];
  return hostileRecords().map((record, index) => event(at(tags, index), record, at(times, index)));
}

/** Texts and bytes that a parser may meet. `samples` are whole ones; they come cut, doubled and damaged too. */
export function hostileTexts(
  samples: readonly (string | Uint8Array)[] = [],
): readonly Uint8Array[] {
  const random = seededRandom(3);
  const whole = ['{"a":1}', '[{"a":1},2]', 'a=1\tb=2', 'a:1\tb:2', '1,"b""c",', ...samples];
  const texts = [
    '',
    ' ',
    '\n',
    '\r\n',
    '\u0000',
    '\ufeff{}',
    '"',
    "'",
    '\\',
    '[',
    '{',
    '}',
    '%',
    '<34>1 ',
    '-',
    '{"__proto__":{"polluted":"yes"}}',
    '{"constructor":{"prototype":{"polluted":"yes"}}}',
    '__proto__:yes\tconstructor:1',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
    '9'.repeat(5000),
    'a'.repeat(100_000),
    `${'a '.repeat(20_000)}!`,
    `${'"'.repeat(10_001)}`,
    '{"time":1e999}',
    ...whole,
  ];
  const bytes: Uint8Array[] = texts.map(toBytes);
  for (const text of whole) {
    const sample = toBytes(text);
    bytes.push(sample.subarray(0, sample.length - 1), sample.subarray(1), twice(sample));
    for (let n = 0; n < 20; n += 1) bytes.push(damaged(sample, random));
  }
  for (let n = 0; n < 100; n += 1) {
    bytes.push(Uint8Array.from({ length: below(random, 40) }, () => below(random, 256)));
  }
  return bytes;
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

function randomRecords(count: number): EventRecord[] {
  const random = seededRandom(2);
  const keys = ['a', 'message', 'time', 'level', '__proto__', '', 'x.y', 'n'];
  const value = (depth: number): EventValue => {
    const kind = below(random, depth > 3 ? 6 : 8);
    if (kind === 0) return null;
    if (kind === 1) return random() < 0.5;
    if (kind === 2) return (random() - 0.5) * 2 ** below(random, 60);
    if (kind === 3) return BigInt(below(random, 2 ** 30)) + 2n ** 53n;
    if (kind === 4) return String.fromCodePoint(...[1, 2, 3].map(() => below(random, 0xd800)));
    if (kind === 5) return new RawString(Uint8Array.of(0xff, below(random, 256)));
    if (kind === 6) return [value(depth + 1), value(depth + 1)];
    return record(depth + 1);
  };
  const record = (depth: number): EventRecord => {
    const made = {};
    for (let n = below(random, 5); n > 0; n -= 1) {
      setField(made, at(keys, below(random, keys.length)), value(depth));
    }
    return made;
  };
  return Array.from({ length: count }, () => record(0));
}

function nested(depth: number): EventRecord {
  let record: EventRecord = { end: true };
  for (let n = 0; n < depth; n += 1) record = n % 2 === 0 ? { in: record } : { in: [record] };
  return record;
}

function withOwn(key: string, value: EventValue): EventRecord {
  const record = {};
  setField(record, key, value);
  return record;
}

function damaged(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = bytes.slice();
  for (let n = 1 + below(random, 3); n > 0; n -= 1) {
    copy[below(random, copy.length)] = below(random, 256);
  }
  return copy;
}

function twice(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, bytes]);
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

function at<T>(list: readonly [T, ...T[]] | readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new RangeError('an empty list');
  return found;
}

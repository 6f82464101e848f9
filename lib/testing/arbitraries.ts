// Whoever imports this has fast-check installed: nothing else in the kit needs it.
import fc from 'fast-check';
import {
  type Entry,
  type EventRecord,
  type EventValue,
  RawString,
  setField,
  type TaggedEntry,
} from '../event/entry.ts';
import { EventTime } from '../event/time.ts';

/** Times to the nanosecond, as every wire can carry them: from 1970 to 2106. */
export function times(): fc.Arbitrary<EventTime> {
  return fc
    .tuple(fc.nat(2 ** 32 - 1), fc.nat(999_999_999))
    .map(([sec, nsec]) => new EventTime(sec, nsec));
}

/** Tags of some parts, now and then strange ones. */
export function tags(): fc.Arbitrary<string> {
  const part = fc.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/);
  const usual = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
  return fc.oneof(
    { weight: 9, arbitrary: usual },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  );
}

/** Values of every kind that a record may hold, nested as deeply as they may come. */
export function values(): fc.Arbitrary<EventValue> {
  return tree().value;
}

/** Records with any keys, `__proto__` among them, and integers of 64 bits. */
export function records(): fc.Arbitrary<EventRecord> {
  return tree().record;
}

/** Entries: a time and a record. */
export function entries(): fc.Arbitrary<Entry> {
  return fc.record({ time: times(), record: records() }, { noNullPrototype: true });
}

/** Events: entries with tags. */
export function events(): fc.Arbitrary<TaggedEntry> {
  return fc.record({ tag: tags(), time: times(), record: records() }, { noNullPrototype: true });
}

/** A type and no interface: the values of an interface are not known to be all of its fields. */
type Tree = {
  readonly scalar: EventValue;
  readonly value: EventValue;
  readonly record: EventRecord;
};

function tree(): fc.LetrecValue<Tree> {
  return fc.letrec<Tree>((tie) => ({
    scalar: scalars(),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: tie('scalar') },
      { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
      { weight: 1, arbitrary: tie('record') },
    ),
    record: fc
      .array(fc.tuple(keys(), tie('value')), { maxLength: 8, depthIdentifier: 'record' })
      .map((fields) => {
        const record = {};
        for (const [key, value] of fields) setField(record, key, value);
        return record;
      }),
  }));
}

function keys(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('message', 'level', 'time', 'n', 'a', 'b') },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '', 'a.b') },
  );
}

function scalars(): fc.Arbitrary<EventValue> {
  return fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -200, max: 70_000 }),
    fc.maxSafeInteger(),
    fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
    fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !isWideInteger(n)),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    invalidTexts(),
    fc.uint8Array({ maxLength: 300 }),
    times(),
  );
}

/** Texts that are not UTF-8: some byte of them can be in no text. */
function invalidTexts(): fc.Arbitrary<RawString> {
  const bytes = fc.uint8Array({ maxLength: 20 });
  return fc
    .tuple(bytes, fc.integer({ min: 0xf8, max: 0xff }), bytes)
    .map(([before, wrong, after]) => new RawString(Uint8Array.of(...before, wrong, ...after)));
}

/** Integers beyond 2^53 are bigints in a record, and -0 does not survive JSON. */
function isWideInteger(n: number): boolean {
  return Object.is(n, -0) || (Number.isInteger(n) && !Number.isSafeInteger(n));
}

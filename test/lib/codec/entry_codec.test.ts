import assert from 'node:assert/strict';
import test from 'node:test';
import { Encoder, ExtensionCodec } from '@msgpack/msgpack';
import fc from 'fast-check';
import {
  decodeEntries,
  encodeEntries,
  encodeEntry,
  entryEnds,
  scanEntries,
} from '../../../lib/codec/entry_codec.ts';
import { type Entry, type EventRecord, Extension, RawString } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';

const time = new EventTime(1_700_000_001, 42);

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function hexOf(record: EventRecord): string {
  return Buffer.from(encodeEntry({ time, record })).toString('hex').slice(22);
}

/** The record of an entry whose record has the given bytes. */
function decodeRecord(hex: string): EventRecord {
  const [entry] = decodeEntries(bytes(`92 01 ${hex}`));
  assert.ok(entry);
  return entry.record;
}

const isCodecError = { name: 'MillraceError', code: 'MR_CODEC' };

const values = fc.letrec((tie) => ({
  scalar: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer({ min: -200, max: 70_000 }),
    fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
    fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
    fc.double().filter((number) => !Object.is(number, -0)),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.nat(2 ** 32 - 1), fc.nat(999_999_999))
      .map(([sec, nsec]) => new EventTime(sec, nsec)),
  ),
  value: fc.oneof({ depthSize: 'small' }, tie('scalar'), fc.array(tie('value')), tie('record')),
  record: fc
    .uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), tie('value')), {
      selector: ([key]) => key,
      maxLength: 20,
    })
    .map((fields) => Object.fromEntries(fields)),
}));

const records = values.record as fc.Arbitrary<EventRecord>;
const times = fc
  .tuple(fc.nat(2 ** 32 - 1), fc.nat(999_999_999))
  .map(([sec, nsec]) => new EventTime(sec, nsec));
const lists = fc.array(fc.record({ time: times, record: records }, { noNullPrototype: true }));

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: 0,
  encode: (value) => {
    if (!(value instanceof EventTime)) return null;
    const form = Buffer.alloc(8);
    form.writeUInt32BE(value.sec, 0);
    form.writeUInt32BE(value.nsec, 4);
    return form;
  },
  decode: () => null,
});

/** What the oracle needs to write the same bytes: it writes wide integers as such only from bigints. */
function forOracle(value: unknown): unknown {
  if (typeof value === 'number') {
    const isWide = Number.isSafeInteger(value) && (value > 2 ** 32 - 1 || value < -(2 ** 31));
    return isWide ? BigInt(value) : value;
  }
  if (Array.isArray(value)) return value.map(forOracle);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array || value instanceof EventTime) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, forOracle(own)]));
}

test('entries encode to the bytes of @msgpack/msgpack', () => {
  const oracle = new Encoder({ extensionCodec, useBigInt64: true });
  fc.assert(
    fc.property(lists, (entries) => {
      const expected = entries.map((entry) => oracle.encode([entry.time, forOracle(entry.record)]));
      assert.deepEqual(Buffer.from(encodeEntries(entries)), Buffer.concat(expected));
    }),
  );
});

test('entries come back from their bytes as they were', () => {
  fc.assert(
    fc.property(lists, (entries) => {
      assert.deepEqual(decodeEntries(encodeEntries(entries)), entries);
    }),
  );
});

test('a scan counts what a decoder finds, and finds the entries plain', () => {
  fc.assert(
    fc.property(lists, (entries) => {
      const packed = encodeEntries(entries);
      const hasZeroTime = entries.some((entry) => entry.time.sec === 0);
      assert.deepEqual(scanEntries(packed), { count: entries.length, isPlain: true, hasZeroTime });
      const ends = entryEnds(packed);
      const starts = [0, ...ends.slice(0, -1)].slice(0, ends.length);
      const decoded = ends.flatMap((end, index) =>
        decodeEntries(packed.subarray(starts[index], end)),
      );
      assert.deepEqual(decoded, entries);
    }),
  );
});

test('any truncation of entries is an error or ends between two entries', () => {
  fc.assert(
    fc.property(lists, fc.nat(), (entries, cut) => {
      const packed = encodeEntries(entries);
      const end = packed.length === 0 ? 0 : cut % packed.length;
      const whole = entryEnds(packed).indexOf(end) + 1;
      if (end === 0 || whole > 0) {
        assert.deepEqual(decodeEntries(packed.subarray(0, end)), entries.slice(0, whole));
      } else {
        assert.throws(() => decodeEntries(packed.subarray(0, end)), isCodecError);
        assert.throws(() => scanEntries(packed.subarray(0, end)), isCodecError);
      }
    }),
  );
});

test('random bytes decode or fail with MR_CODEC, and a scan agrees about their wholeness', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      let scanned: number | undefined;
      try {
        scanned = scanEntries(noise).count;
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'MR_CODEC');
      }
      try {
        assert.equal(decodeEntries(noise).length, scanned);
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'MR_CODEC');
      }
    }),
    { numRuns: 2000 },
  );
});

test('integers of 64 bits are exact both ways', () => {
  assert.equal(hexOf({ n: 2n ** 64n - 1n }), '81a16ecfffffffffffffffff');
  assert.equal(hexOf({ n: -(2n ** 63n) }), '81a16ed38000000000000000');
  assert.equal(hexOf({ n: 5n }), '81a16e05');
  assert.equal(hexOf({ n: Number.MAX_SAFE_INTEGER }), '81a16ecf001fffffffffffff');
  assert.deepEqual(decodeRecord('81 a1 6e cf 00 20 00 00 00 00 00 00'), { n: 2n ** 53n });
  assert.deepEqual(decodeRecord('81 a1 6e cf 00 1f ff ff ff ff ff ff'), { n: 2 ** 53 - 1 });
  assert.deepEqual(decodeRecord('81 a1 6e d3 ff e0 00 00 00 00 00 00'), { n: -(2n ** 53n) });
  assert.deepEqual(decodeRecord('81 a1 6e d3 ff e0 00 00 00 00 00 01'), { n: -(2 ** 53) + 1 });
});

test('an integer beyond 64 bits becomes a float', () => {
  assert.equal(hexOf({ n: 2n ** 64n }), '81a16ecb43f0000000000000');
  assert.equal(hexOf({ n: -(2n ** 64n) }), '81a16ecbc3f0000000000000');
});

test('every integer form is read, also where a shorter one would do', () => {
  const forms = ['05', 'cc05', 'cd0005', 'ce00000005', 'cf0000000000000005', 'd005', 'd10005'];
  for (const form of [...forms, 'd200000005', 'd30000000000000005', 'cb4014000000000000']) {
    assert.deepEqual(decodeRecord(`81 a1 6e ${form}`), { n: 5 }, form);
  }
  for (const form of ['fb', 'd0fb', 'd1fffb', 'd2fffffffb', 'd3fffffffffffffffb', 'cac0a00000']) {
    assert.deepEqual(decodeRecord(`81 a1 6e ${form}`), { n: -5 }, form);
  }
});

test('numbers that are no integers keep their bits', () => {
  for (const number of [-0, 0.1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 2 ** 53]) {
    const [entry] = decodeEntries(encodeEntry({ time, record: { n: number } }));
    assert.ok(Object.is(entry?.record['n'], number), String(number));
  }
});

test('a string that is not UTF-8 stays a string, byte for byte', () => {
  const hex = '81a174' + 'a3ff4100';
  const record = decodeRecord(hex);
  assert.deepEqual(record, { t: new RawString(bytes('ff4100')) });
  assert.equal(hexOf(record), hex);
  const long = `81a174d922${'ff'.repeat(0x22)}`;
  assert.equal(hexOf(decodeRecord(long)), long);
});

test('text that holds the replacement character is text', () => {
  const record = { t: 'a\ufffdb', long: '\ufffd'.repeat(40) };
  assert.deepEqual(decodeRecord(hexOf(record)), record);
});

test('a lone surrogate goes out as the replacement character', () => {
  assert.equal(hexOf({ t: '\ud800' }), '81a174a3efbfbd');
});

test('binary and extensions pass through unchanged', () => {
  const hex = '82a162c402ff00a165d40501';
  const record = decodeRecord(hex);
  assert.deepEqual(record, { b: bytes('ff00'), e: new Extension(5, bytes('01')) });
  assert.equal(hexOf(record), hex);
  for (const form of ['c700fe', 'c703f0010203', `d8c0${'ab'.repeat(16)}`]) {
    assert.equal(hexOf(decodeRecord(`81a165${form}`)), `81a165${form}`);
  }
});

test('__proto__ and constructor are fields like any other', () => {
  const hex = '82a95f5f70726f746f5f5f81a17801ab636f6e7374727563746f7202';
  const record = decodeRecord(hex);
  assert.deepEqual(Object.keys(record), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.equal(hexOf(record), hex);
});

test('map keys that are no text become text', () => {
  assert.deepEqual(
    decodeRecord('86 01 00 c0 01 c3 02 c4 02 61 62 03 cb3ff8000000000000 04 9102 05'),
    {
      '1': 0,
      '': 1,
      true: 2,
      ab: 3,
      '1.5': 4,
      '[2]': 5,
    },
  );
});

test('the last of two fields of one name wins', () => {
  assert.deepEqual(decodeRecord('82 a1 6b 01 a1 6b 02'), { k: 2 });
});

test('a time is read in every form it has on the wire', () => {
  const forms: readonly [string, EventTime][] = [
    ['ce6553f101', new EventTime(1_700_000_001, 0)],
    ['d7006553f1010000002a', time],
    ['c708006553f1010000002a', time],
    ['cb41d954fc4070000000'.slice(0, 18), new EventTime(1_700_000_001, 750_000_000)],
    ['92d7006553f1010000002a80', time],
    ['91ce6553f101', new EventTime(1_700_000_001, 0)],
    ['fb', new EventTime(-5, 0)],
    ['d6ff6553f101', new EventTime(1_700_000_001, 0)],
    ['d7ff000000a86553f101', time],
    ['c70cff0000002affffffffffffffff', new EventTime(-1, 42)],
    ['d70000000001ffffffff', new EventTime(5, 294_967_295)],
  ];
  for (const [form, expected] of forms) {
    const [entry] = decodeEntries(bytes(`92${form}80`));
    assert.deepEqual(entry?.time, expected, form);
  }
});

test('times before 1970 and after 2106 survive', () => {
  for (const sec of [-5, 2 ** 32, -(10 ** 11), 10 ** 11]) {
    for (const nsec of [0, 1, 999_999_999]) {
      const entry: Entry = { time: new EventTime(sec, nsec), record: {} };
      assert.deepEqual(decodeEntries(encodeEntry(entry)), [entry]);
    }
  }
});

test('times go out as integers where asked', () => {
  const packed = encodeEntries([{ time, record: {} }], { timeAsInteger: true });
  assert.equal(Buffer.from(packed).toString('hex'), '92ce6553f10180');
});

test('a scan finds times of 0 seconds in every form', () => {
  const forms = ['00', 'cc00', 'd10000', 'ce00000000', 'd30000000000000000'];
  for (const form of [...forms, 'd7000000000000000005', 'c708000000000000000005']) {
    assert.ok(scanEntries(bytes(`92018092${form}80`)).hasZeroTime, form);
  }
  for (const form of ['01', 'ff', 'cd0100', 'd3ff00000000000000', 'd7000000000100000000']) {
    assert.ok(!scanEntries(bytes(`92${form}80`)).hasZeroTime, form);
  }
});

test('what is no entry is refused, and a scan says that it is not plain', () => {
  for (const hex of ['05', 'c0', '90', '9101', '9201c0', '92c080', '92a13180', '920190']) {
    assert.throws(() => decodeEntries(bytes(hex)), isCodecError, hex);
    assert.equal(scanEntries(bytes(hex)).isPlain, false, hex);
  }
  for (const hex of ['93018001', '92cb3ff800000000000080', '92910180', 'dc00020180']) {
    assert.equal(decodeEntries(bytes(hex)).length, 1, hex);
    assert.equal(scanEntries(bytes(hex)).isPlain, false, hex);
  }
});

test('a length that was only claimed is refused', () => {
  for (const hex of ['dbffffffff', 'c6ffffffff', 'ddffffffff', 'dfffffffff', 'c9ffffffff05']) {
    assert.throws(() => decodeEntries(bytes(`920181a16b${hex}`)), isCodecError, hex);
    assert.throws(() => scanEntries(bytes(`920181a16b${hex}`)), isCodecError, hex);
  }
});

test('nesting is limited, both ways, without overflowing the stack', () => {
  const deep = (levels: number): string => `9201${'81a16b'.repeat(levels)}01`;
  const [deepest] = decodeEntries(bytes(deep(512)));
  assert.ok(deepest);
  assert.equal(scanEntries(encodeEntry(deepest)).count, 1);
  const wrapped = encodeEntry({ time, record: { k: deepest.record } });
  assert.equal(decodeEntries(wrapped).length, 1);
  for (const levels of [513, 10_000, 100_000]) {
    assert.throws(() => scanEntries(bytes(deep(levels))), isCodecError);
  }
  assert.throws(() => decodeEntries(bytes(deep(100_000))), isCodecError);
  let { record } = deepest;
  for (let level = 0; level < 200; level += 1) record = { k: record };
  assert.throws(() => encodeEntry({ time, record }), isCodecError);
  assert.equal(hexOf({ k: 'the writer is usable afterwards' }).slice(0, 4), '81a1');
});

test('large strings and lists take the long forms', () => {
  for (const length of [31, 32, 255, 256, 65_535, 65_536]) {
    for (const letter of ['a', 'é', '😀']) {
      const record = { t: letter.repeat(length), l: new Array<number>(length).fill(7) };
      assert.deepEqual(decodeRecord(hexOf(record)), record);
    }
  }
});

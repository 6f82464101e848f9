import assert from 'node:assert/strict';
import test from 'node:test';
import { decode, decodeMulti } from '@msgpack/msgpack';
import { MillraceError } from '../../../lib/error.ts';
import { Float } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import msgpack from '../../../operators/formatter/msgpack.ts';

formatterLaws(msgpack, {}, { test });

const formatter = testContext().make(msgpack({}));
const time = new EventTime(1_700_000_000, 5);

test('writes maps that another implementation reads one after another', () => {
  const records = [{ a: [1, 'é', null, { b: 1.5 }] }, { c: true }];
  const written = records.map((record) => Buffer.from(formatter({ time, record }, 'app')));
  assert.deepEqual([...decodeMulti(Buffer.concat(written))], records);
});

test('writes integers exactly, and a float that is told from an integer as a float', () => {
  const written = Buffer.from(
    formatter({ time, record: { n: 2n ** 63n, f: new Float(1) } }, 'app'),
  );
  assert.deepEqual(decode(written, { useBigInt64: true }), { n: 2n ** 63n, f: 1 });
  assert.equal(written.toString('hex'), '82a16ecf8000000000000000a166cb3ff0000000000000');
});

test('writes times in records as whole seconds', () => {
  assert.deepEqual(decode(Buffer.from(formatter({ time, record: { at: time } }, 'app'))), {
    at: 1_700_000_000,
  });
});

test('a record that cannot be written leaves nothing behind', () => {
  let deep: readonly unknown[] = [];
  for (let level = 0; level < 2000; level += 1) deep = [deep];
  assert.throws(
    () => formatter({ time, record: JSON.parse(`{"deep":${JSON.stringify(deep)}}`) }, 'app'),
    (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
  );
  assert.deepEqual(formatter({ time, record: {} }, 'app'), Buffer.from([0x80]));
});

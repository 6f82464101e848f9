import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeFluentdMeta } from '../../../../lib/buffer/fluentd/chunk_meta.ts';

/** { tag: "a", s: 2, c: 5, m: 7, variables: { x: 1 } } */
const map = Buffer.from('85a3746167a161a17302a16305a16d07a97661726961626c657381a17801', 'hex');

function withHeader(content: Buffer, length = content.length): Buffer {
  const header = Buffer.from('c10000000000', 'hex');
  header.writeUInt32BE(length, 2);
  return Buffer.concat([header, content]);
}

test('metadata is read with a header, with older bytes behind it, and without a header', () => {
  const wanted = {
    key: { tag: 'a', timekey: undefined, variables: new Map([['x', 1]]) },
    count: 2,
    createdMs: 5000,
    modifiedMs: 7000,
  };
  const older = Buffer.concat([withHeader(map), Buffer.from('zzz')]);
  for (const bytes of [withHeader(map), older, map]) {
    assert.deepEqual(decodeFluentdMeta(bytes), wanted);
  }
});

test('metadata that was cut off anywhere is none', () => {
  const whole = withHeader(map);
  for (let length = 0; length < whole.length; length += 1) {
    assert.equal(decodeFluentdMeta(whole.subarray(0, length)), undefined, `${length} bytes`);
  }
});

test('what is no map is none, and fields of other types do not count', () => {
  assert.equal(decodeFluentdMeta(Buffer.from('93010203', 'hex')), undefined);
  assert.deepEqual(decodeFluentdMeta(Buffer.from('83a374616705a173c0a1639005', 'hex')), {
    key: { tag: undefined, timekey: undefined, variables: new Map() },
    count: undefined,
    createdMs: undefined,
    modifiedMs: undefined,
  });
});

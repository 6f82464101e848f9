import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import { decodeFrame } from '../../../lib/codec/forward.ts';
import type { Origin } from '../../../lib/event/origin.ts';
import { originOfChunk } from '../../../lib/net/chunk_origin.ts';

const id = 'p8n9gmxTQVC8/nh2wlKKeQ==';

function originOf(tag: string, n: number, options: object): Origin | undefined {
  const frame = decodeFrame(encode([tag, [[1, { n }]], options]));
  assert(frame);
  return originOfChunk(frame);
}

test('a chunk that is sent again has the same origin, whatever else its options say', () => {
  const origin = originOf('app', 1, { chunk: id });
  assert(origin);
  assert.deepEqual(originOf('app', 1, { size: 1, chunk: id }), origin);
});

test('another id, tag or event makes another origin', () => {
  const { source } = originOf('app', 1, { chunk: id }) ?? {};
  const others = [
    originOf('app', 1, { chunk: id.toLowerCase() }),
    originOf('web', 1, { chunk: id }),
    originOf('app', 2, { chunk: id }),
  ];
  assert.equal(new Set([source, ...others.map((other) => other?.source)]).size, 4);
});

test('without an id, or with one too short to be unique, there is no origin', () => {
  assert.equal(originOf('app', 1, {}), undefined);
  assert.equal(originOf('app', 1, { chunk: '123456789012345' }), undefined);
  assert.equal(originOf('app', 1, { chunk: 7 }), undefined);
});

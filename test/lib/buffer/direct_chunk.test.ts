import assert from 'node:assert/strict';
import test from 'node:test';
import { directChunk } from '../../../lib/buffer/direct_chunk.ts';
import { Templates } from '../../../lib/buffer/placeholder.ts';
import { utcZone } from '../../../lib/event/time_zone.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Chunk, Output } from '../../../lib/plugin/contract.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { batchOf } from '../graph/doors.ts';

const plain: Output = { write: async () => {} };
const clock = new TestClock();
const keys = { usesTag: true, usesTime: false, fields: [], zone: utcZone };
const templates = new Templates(keys, silentLog);

async function textOf(chunk: Chunk): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunk.bytes()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('without a format, a chunk holds the packed entries of its batch, any number of times', async () => {
  const batch = batchOf('a.b', { n: 1 }, { n: 2 });
  const { chunk, kept, unformatted } = directChunk(batch, plain, templates, clock, Math.random);
  assert.equal(chunk.isFormatted, false);
  for (const _ of [1, 2]) {
    assert.equal(await textOf(chunk), Buffer.from(batch.packed()).toString());
    for await (const entries of chunk.entries()) assert.deepEqual(entries, batch.entries());
  }
  assert.equal(kept, batch.entries());
  assert.deepEqual(unformatted, []);
  assert.equal(chunk.count, 2);
  assert.equal(chunk.createdMs, clock.nowMs());
  assert.match(chunk.id, /^[0-9a-f]{32}$/);
});

test('with a format, a chunk holds what it made, text or bytes', async () => {
  const output: Output = {
    ...plain,
    format: ({ record }, tag) => (record['n'] === 1 ? `${tag} é\n` : new Uint8Array([0x62, 0x0a])),
  };
  const { chunk } = directChunk(
    batchOf('a', { n: 1 }, { n: 2 }),
    output,
    templates,
    clock,
    Math.random,
  );
  assert.equal(chunk.isFormatted, true);
  assert.equal(await textOf(chunk), 'a é\nb\n');
  assert.equal(chunk.sizeBytes, Buffer.byteLength('a é\nb\n'));
});

test('entries that cannot be formatted are left out and told', () => {
  const no = new Error('no');
  const output: Output = {
    ...plain,
    format({ record }) {
      if (record['n'] === 2) throw no;
      return 'x';
    },
  };
  const batch = batchOf('a', { n: 1 }, { n: 2 }, { n: 3 });
  const { chunk, kept, unformatted } = directChunk(batch, output, templates, clock, Math.random);
  const [first, second, third] = batch.entries();
  assert.deepEqual(kept, [first, third]);
  assert.deepEqual(unformatted, [{ entry: second, cause: no }]);
  assert.equal(chunk.count, 2);
});

test('templates are filled in from the tag, which is taken as it is', () => {
  const { chunk } = directChunk(
    batchOf('app.$&.web', { n: 1 }),
    plain,
    templates,
    clock,
    Math.random,
  );
  assert.equal(chunk.expand('/x/${tag}/${tag[0]}-${tag[-1]}.log'), '/x/app.$&.web/app-web.log');
  assert.equal(chunk.expand('${tag[9]}|${chunk_id}|${other}|%Y'), `|${chunk.id}|\${other}|%Y`);
});

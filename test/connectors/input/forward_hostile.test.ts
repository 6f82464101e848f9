import assert from 'node:assert/strict';
import test from 'node:test';
import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { type Hostile, hostile, hostileJson, limits, odd } from './forward_corpus.ts';
import { type RunningInput, startInput, TestClient } from './forward_harness.ts';

const valid = ['a', 5, { n: 1 }, { chunk: 'one' }];

async function isServed(client: TestClient): Promise<void> {
  const before = client.answers.length;
  client.send(valid);
  assert.deepEqual((await client.answered(before + 1)).at(-1), { ack: 'one' });
}

/** A client sends valid frames and then what is hostile. */
async function attack(
  input: RunningInput,
  { bytes, reason, ends = false }: Hostile,
  before: Buffer,
) {
  const already = input.refused(reason) ?? 0;
  const client = new TestClient(input.port);
  client.send(Buffer.concat([before, bytes]));
  if (ends) client.socket.end();
  await client.closed;
  const counted = (input.refused(reason) ?? 0) - already;
  assert.ok(counted > 0, `it is not counted as ${reason}`);
  return client;
}

for (const each of hostile) {
  test(`${each.what}: what came before is kept, the connection ends, others go on`, async () => {
    const input = await startInput(limits);
    const honest = new TestClient(input.port);
    await isServed(honest);
    const client = await attack(input, each, Buffer.from(encode(valid)));
    assert.deepEqual(client.answers, [{ ack: 'one' }]);
    assert.equal(input.batches.length, 2);
    await isServed(honest);
    const told = input.lines.find(({ fields }) => fields['reason'] === each.reason);
    assert.equal(told?.fields['client'], '127.0.0.1');
    await input.stop();
  });
}

for (const each of hostileJson) {
  test(`in JSON, ${each.what}: the connection ends, others go on`, async () => {
    const input = await startInput(limits);
    const honest = new TestClient(input.port);
    await isServed(honest);
    const client = await attack(input, each, Buffer.alloc(0));
    assert.equal(client.received.length, 0);
    await isServed(honest);
    await input.stop();
  });
}

for (const { what, bytes, events } of odd) {
  test(`${what}: is taken and acknowledged`, async () => {
    const input = await startInput(limits);
    const client = new TestClient(input.port);
    client.send(bytes);
    assert.deepEqual(await client.answered(1), [{ ack: 'odd' }]);
    const entries = input.batches.flatMap((batch) => batch.entries());
    assert.equal(entries.length, events);
    assert.equal(Object.getPrototypeOf(entries[0]?.record ?? {}), Object.prototype);
    await input.stop();
  });
}

test('many refusals of a kind are logged rarely, and all counted', async () => {
  const input = await startInput(limits);
  for (let count = 0; count < 20; count += 1) {
    await attack(
      input,
      { what: '', bytes: Buffer.from([0xc1]), reason: 'malformed' },
      Buffer.alloc(0),
    );
  }
  assert.equal(input.refused('malformed'), 20);
  assert.equal(input.lines.filter(({ level }) => level === 'warn').length, 1);
  await input.stop();
});

test('whatever bytes come in whatever pieces, valid frames are stored once and others served', async () => {
  const input = await startInput(limits);
  const honest = new TestClient(input.port);
  const frames = [...hostile.slice(0, 3), ...odd.slice(0, 5)].map(({ bytes }) => bytes);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    // A frame with some bytes changed.
    fc
      .tuple(
        fc.constantFrom(...frames),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([frame, changes]) => {
        const changed = Buffer.from(frame);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        return changed;
      }),
  );
  await fc.assert(
    fc.asyncProperty(noise, fc.array(fc.nat(250), { maxLength: 3 }), async (bytes, cuts) => {
      const client = new TestClient(input.port);
      const before = input.batches.length;
      const sent = Buffer.concat([Buffer.from(encode(valid)), bytes]);
      let begin = 0;
      for (const end of [...cuts.sort((a, b) => a - b), sent.length]) {
        client.socket.write(sent.subarray(begin, end));
        begin = Math.max(begin, end);
        await new Promise((resolve) => setImmediate(resolve));
      }
      client.socket.end();
      await client.closed;
      const [first] = input.batches[before]?.entries() ?? [];
      assert.deepEqual(first?.record, { n: 1 });
      await isServed(honest);
    }),
    { numRuns: 150 },
  );
  await input.stop();
});

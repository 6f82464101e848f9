import assert from 'node:assert/strict';
import test from 'node:test';
import stdout from '../../../connectors/output/stdout.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { defineFormatter } from '../../../lib/plugin/define.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import avro from '../../../operators/formatter/avro.ts';

outputLaws(stdout, {}, { test });

const plain = defineFormatter({
  type: 'plain',
  doc: 'For tests.',
  options: {},
  create: () => (entry, tag) => `${tag}: ${entry.record['message']}\n`,
});

test('prints every piece of a chunk, in order', async () => {
  const context = testContext();
  const call = stdout({ format: plain({}) });
  const output = call.plugin.create(call.options, context);
  const { signal } = new AbortController();
  await output.write(testChunk({ pieces: ['one\n', 'two\n'] }), signal);
  assert.deepEqual(context.printed, ['one\n', 'two\n']);
});

test('waits for a slow reader between the pieces', async () => {
  const printed: string[] = [];
  let makeRoom = (): void => {};
  const room = new Promise<void>((resolve) => {
    makeRoom = resolve;
  });
  const print = (text: string | Uint8Array): Promise<void> => {
    printed.push(String(text));
    return room;
  };
  const call = stdout({ format: plain({}) });
  const output = call.plugin.create(call.options, testContext({ print }));
  const { signal } = new AbortController();
  const written = output.write(testChunk({ pieces: ['one', 'two'] }), signal);
  await new Promise(setImmediate);
  assert.equal(printed.length, 1);
  makeRoom();
  await written;
  assert.equal(printed.length, 2);
});

test('prints events as `<format>` says', () => {
  const call = stdout({ format: plain({}) });
  const output = call.plugin.create(call.options, testContext());
  const entry = { time: new EventTime(0, 0), record: { message: 'hello' } };
  assert.equal(output.format?.(entry, 'a.b'), 'a.b: hello\n');
});

test('writes what `<inject>` says into every record', () => {
  const call = stdout({ format: plain({}), inject: { hostnameKey: 'message' } });
  const output = call.plugin.create(call.options, testContext());
  const entry = { time: new EventTime(0, 0), record: { message: 'hello' } };
  assert.equal(output.format?.(entry, 'a'), 'a: localhost\n');
  assert.deepEqual(entry.record, { message: 'hello' });
});

test('wants no buffer unless one is configured', () => {
  assert.equal(stdout.buffer?.store, 'none');
});

test('refuses a formatter that makes files', () => {
  const call = stdout({ format: avro({ schema: { type: 'record', name: 'R', fields: [] } }) });
  assert.throws(
    () => call.plugin.create(call.options, testContext()),
    /output `stdout` cannot use formatter `avro`/,
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import nothing from '../../../connectors/output/null.ts';
import { MillraceError } from '../../../lib/error.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { testChunk } from '../../../lib/testing/test_chunk.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

outputLaws(nothing, {}, { test });

const { signal } = new AbortController();

test('delivers whatever it is given', async () => {
  const output = nothing.create({ neverFlush: false }, testContext());
  assert.equal(await output.write(testChunk({ pieces: ['a'] }), signal), undefined);
});

test('fails every write, so that it is retried, with never_flush', async () => {
  const output = nothing.create({ neverFlush: true }, testContext());
  await assert.rejects(
    output.write(testChunk(), signal),
    (error) => error instanceof MillraceError && error.retryable,
  );
});

test('wants no buffer unless one is configured', () => {
  assert.equal(nothing.buffer?.store, 'none');
});

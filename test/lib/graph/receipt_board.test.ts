import assert from 'node:assert/strict';
import test from 'node:test';
import { ReceiptBoard } from '../../../lib/graph/receipt_board.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';
import type { Receipt } from '../../../lib/plugin/contract.ts';

function receiptOf(outputId: string): Receipt {
  const chunkId = '00'.repeat(16);
  return { outputId, chunkId, tag: 'app', count: 1, bytes: 10, attempts: 1, latencyMs: 5 };
}

test('a listener gets the receipts of its outputs until it stops', () => {
  const board = new ReceiptBoard(['a', 'b', 'c'], silentLog);
  const some: string[] = [];
  const all: string[] = [];
  const stop = board.feed(['a', 'c'])(({ outputId }) => some.push(outputId));
  board.feed()(({ outputId }) => all.push(outputId));
  for (const id of ['a', 'b', 'c']) board.post(receiptOf(id));
  stop();
  stop();
  board.post(receiptOf('a'));
  assert.deepEqual(some, ['a', 'c']);
  assert.deepEqual(all, ['a', 'b', 'c', 'a']);
});

test('an output that does not exist is refused with the nearest one', () => {
  const board = new ReceiptBoard(['to_disk'], silentLog);
  assert.throws(() => board.feed(['to_disc']), {
    code: 'MR_OPTION',
    message: 'there is no output `to_disc`',
    hint: 'did you mean `to_disk`?',
  });
});

test('a listener that throws reaches neither the output nor the others', () => {
  const lines: LogLine[] = [];
  const board = new ReceiptBoard(
    ['a'],
    createLog((line) => lines.push(line)),
  );
  const heard: string[] = [];
  board.feed()(() => {
    throw new Error('no');
  });
  board.feed()(({ outputId }) => heard.push(outputId));
  board.post(receiptOf('a'));
  assert.deepEqual(heard, ['a']);
  assert.equal(lines.length, 1);
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../lib/error.ts';
import { PositionFile } from '../../../lib/file/position_file.ts';
import {
  type FileMark,
  printPositionLine,
  readPositionLine,
  unknownCheck,
} from '../../../lib/file/position_line.ts';
import { createLog, type LogLine, silentLog } from '../../../lib/log.ts';

const mark: FileMark = {
  device: 'fe00',
  birth: '18ea3bc5f0e00000',
  source: 'tail:9ac1.18ea3bc5f0e00000.00000000.0123456789abcdef',
  generation: 0,
  headBytes: 120,
  check: 0xdeadbeef,
  lookedMs: 1_700_000_000_000,
};

function makePath(context: TestContext, content?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'positions-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'app.pos');
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

function open(path: string, followsInodes = true, log = silentLog): PositionFile {
  return new PositionFile(path, { log, followsInodes });
}

test('makes the file and its folder', (context) => {
  const path = join(makePath(context), '..', 'deep', 'app.pos');
  open(path).close();
  assert.equal(readFileSync(path, 'utf8'), '');
});

test('says which file cannot be used', (context) => {
  const folder = join(makePath(context), '..');
  assert.throws(
    () => open(folder),
    (error) =>
      error instanceof MillraceError && error.code === 'MR_IO' && /EISDIR/.test(error.message),
  );
});

test('keeps what Millrace knows of a file at the end of its line, where Fluentd does not look', (context) => {
  const path = makePath(context);
  const file = open(path);
  file.add({ path: '/log/app.log', offset: 300, inode: 0x9ac1n, mark });
  assert(file.save());
  file.close();
  const [line = '', none] = readFileSync(path, 'utf8').split('\n');
  assert.match(line, /^\/log\/app.log\t000000000000012c\t0000000000009ac1\t/);
  assert.equal(none, '');
  const [again] = open(path).positions();
  assert.deepEqual(
    { path: again?.path, offset: again?.offset, inode: again?.inode, mark: again?.mark },
    { path: '/log/app.log', offset: 300, inode: 0x9ac1n, mark },
  );
});

test('writes a position in place, and tells what is surely written', (context) => {
  const path = makePath(context);
  const file = open(path);
  const one = file.add({ path: '/one', offset: 0, inode: 1n, mark });
  const two = file.add({ path: '/two', offset: 0, inode: 2n, mark });
  assert(!one.isRecorded);
  file.save();
  assert(one.isRecorded);
  const size = statSync(path).size;
  two.change({ offset: 77, mark: { ...mark, check: 5 } });
  assert(two.isRecorded && file.hasChanges);
  assert.equal(two.savedOffset, 0);
  file.save();
  assert.equal(two.savedOffset, 77);
  assert.equal(statSync(path).size, size);
  assert.deepEqual(
    open(path)
      .positions()
      .map(({ offset, mark }) => [offset, mark?.check]),
    [
      [0, mark.check],
      [77, 5],
    ],
  );
});

test('writes past positions of a path before the present one, since Fluentd takes the last', (context) => {
  const path = makePath(context);
  const file = open(path);
  file.add({ path: '/log', offset: 1, inode: 1n, mark });
  file.add({ path: '/log', offset: 2, inode: 2n, mark }, true);
  file.compact();
  assert.deepEqual(
    open(path, false)
      .positions()
      .map(({ offset }) => offset),
    [2, 1],
  );
});

test('adopts lines of Fluentd and gives them marks', (context) => {
  const path = makePath(context, '/a\t0000000000000001\t000000000000000a\n/b\t2\tb\n');
  const file = open(path);
  const [, second] = file.positions();
  second?.change({ mark });
  file.save();
  assert.deepEqual(
    open(path)
      .positions()
      .map((each) => each.mark),
    [undefined, mark],
  );
});

test('replaces the position of a file whose inode is used again', (context) => {
  const path = makePath(context);
  const file = open(path);
  file.add({ path: '/a', offset: 9, inode: 1n, mark: { ...mark, birth: '0' } });
  file.save();
  file.add({ path: '/b', offset: 0, inode: 1n, mark: { ...mark, birth: '0' } });
  file.save();
  const content = readFileSync(path, 'utf8');
  assert.match(content, /^\/a\tffffffffffffffff\t.*\n\/b\t0000000000000000\t/);
  assert.deepEqual(
    open(path)
      .positions()
      .map((each) => each.path),
    ['/b'],
  );
});

test('rewrites the file once most of its lines mean nothing', (context) => {
  const path = makePath(context);
  const file = open(path);
  for (let round = 0; round < 300; round += 1) {
    file.remove(file.add({ path: `/${round}`, offset: 1, inode: BigInt(round + 1), mark }));
    const kept = file.add({ path: `/k`, offset: 1, inode: BigInt(round + 1), mark });
    file.save();
    file.remove(kept);
  }
  file.save();
  assert(readFileSync(path, 'utf8').split('\n').length < 110);
});

test('replaces the file that a link leads to, not the link', (context) => {
  const path = makePath(context, '');
  symlinkSync(path, `${path}.link`);
  const file = open(`${path}.link`);
  file.add({ path: '/a', offset: 1, inode: 1n, mark });
  file.compact();
  assert.equal(file.path, path);
  assert.match(readFileSync(`${path}.link`, 'utf8'), /^\/a\t/);
});

test('reads around damage: each line is taken or left, and what is left is told', (context) => {
  const whole = '/a\t0000000000000001\t000000000000000a\n';
  const lines: LogLine[] = [];
  const path = makePath(context, `garbage\n\0\0\0\0${whole}${whole}\n/b\t0000000000000002\t0000`);
  const file = open(
    path,
    true,
    createLog((line) => lines.push(line)),
  );
  assert.deepEqual(
    file.positions().map((each) => each.offset),
    [1],
  );
  assert.deepEqual(
    lines.map((line) => line.level),
    ['warn', 'warn', 'warn'],
  );
});

test('a line cut anywhere gives the old position, the new one, or no mark: never anything else', () => {
  const oldLine = { path: '/log', offset: 0x0fff_ffff, inode: 7n, mark };
  const newMark = { ...mark, check: 12, lookedMs: mark.lookedMs + 500 };
  const newLine = { ...oldLine, offset: 0x1000_0000, mark: newMark };
  const before = printPositionLine(oldLine);
  const after = printPositionLine(newLine);
  for (let cut = 0; cut <= before.length; cut += 1) {
    const read = readPositionLine(after.slice(0, cut) + before.slice(cut));
    assert(typeof read === 'object', `cut at ${cut}`);
    assert(read.offset === oldLine.offset || read.offset === newLine.offset, `cut at ${cut}`);
    assert.equal(read.mark?.source, mark.source);
    const expected = read.offset === oldLine.offset ? mark.check : newMark.check;
    assert(read.mark.check === expected || read.mark.check === unknownCheck, `cut at ${cut}`);
  }
});

test('believes a person who has set a position back', () => {
  const text = printPositionLine({ path: '/log', offset: 500, inode: 7n, mark });
  const read = readPositionLine(text.replace(/\t[0-9a-f]{16}/, `\t${'0'.repeat(16)}`));
  assert(typeof read === 'object');
  assert.equal(read.offset, 0);
  assert.equal(read.mark?.check, unknownCheck);
});

test('a check that is not known stays unknown', () => {
  const line = { path: '/log', offset: 500, inode: 7n, mark: { ...mark, check: unknownCheck } };
  const read = readPositionLine(printPositionLine(line));
  assert(typeof read === 'object');
  assert.equal(read.mark?.check, unknownCheck);
  assert.equal(read.offset, 500);
});

test('whatever is printed can be read', () => {
  const size = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(size, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(), (offset, inode, n) => {
      const line = { path: '/a b/é\r', offset, inode, mark: { ...mark, check: n, generation: n } };
      assert.deepEqual(readPositionLine(printPositionLine(line)), line);
    }),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { type GzipMember, gzipMembers } from '../../../lib/codec/gzip_members.ts';

const first = gzipSync(Buffer.alloc(100_000, 'first '));
const second = gzipSync(Buffer.from('second'));

/** The members up to damage, and what it is. */
function read(...parts: readonly Buffer[]) {
  const members: GzipMember[] = [];
  try {
    for (const member of gzipMembers(Buffer.concat(parts))) members.push(member);
    return { members, fault: undefined };
  } catch (thrown) {
    return { members, fault: String(thrown) };
  }
}

test('members that follow one another are given one by one', () => {
  const { fault, members } = read(first, second);
  assert.equal(fault, undefined);
  assert.deepEqual(
    members.map(({ contents, isWhole }) => [contents.length, isWhole]),
    [
      [100_000, true],
      [6, true],
    ],
  );
});

test('a header may hold more than it must', () => {
  const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]);
  const more = Buffer.from('\u0002\u0000xyname\u0000comment\u0000cc', 'latin1');
  const { members } = read(header, more, second.subarray(10));
  assert.equal(members[0]?.contents.toString(), 'second');
});

test('a member that is cut off anywhere is given as far as it goes, and said not to be whole', () => {
  for (let length = 1; length < second.length; length += 1) {
    const { fault, members } = read(first, second.subarray(0, length));
    assert.equal(fault, undefined);
    assert.deepEqual(
      members.map(({ isWhole }) => isWhole),
      [true, false],
    );
    assert('second'.startsWith(members[1]?.contents.toString() ?? '?'));
  }
});

test('nothing is given of a member whose checksum is wrong', () => {
  const wrong = Buffer.from(second);
  wrong[wrong.length - 7] = 1 + (wrong[wrong.length - 7] ?? 0);
  const { fault, members } = read(first, wrong, first);
  assert.equal(members.length, 1);
  assert.match(fault ?? '', new RegExp(`at byte ${first.length}: its checksum is wrong`));
});

test('what follows the last member is told', () => {
  const { fault, members } = read(second, Buffer.from('garbage'));
  assert.equal(members.length, 1);
  assert.match(fault ?? '', new RegExp(`at byte ${second.length}: something else is there`));
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PositionFile } from '../../lib/file/position_file.ts';
import { silentLog } from '../../lib/log.ts';
import type { GoldenCase } from './adaptor.ts';

interface Operation {
  readonly op: string;
  readonly args: readonly unknown[];
}

/** Loads the content as a position file, does the operations, and compares entries and content. */
export default function positionFile(golden: GoldenCase): void {
  const folder = mkdtempSync(join(tmpdir(), 'positions-'));
  try {
    assert.deepEqual(load(join(folder, 'pos'), golden.in), golden.out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function load(path: string, given: GoldenCase['in']): unknown {
  const content = String(given['content']);
  const followsInodes = given['follow_inodes'] === true;
  const targets = given['existing_targets'] as { path: string; inode: number }[] | undefined;
  const operations = given['operations'] as readonly Operation[] | undefined;
  writeFileSync(path, content);
  const kept = targets?.map((target) => (followsInodes ? String(target.inode) : target.path));
  const file = new PositionFile(path, {
    log: silentLog,
    followsInodes,
    ...(kept !== undefined && { isKept: (key: string) => kept.includes(key) }),
  });
  // With inodes followed, entries are found by the inode that they were asked for, whatever they hold.
  const entries = (): unknown[] =>
    file.positions().map((position) => ({
      ...(followsInodes ? { inode_key: Number(position.key) } : { path: position.path }),
      pos: position.offset,
      inode: Number(position.inode),
    }));
  const out = { entries: entries(), content_after_load: readFileSync(path, 'utf8') };
  if (operations === undefined) return out;
  for (const { op, args } of operations) operate(file, op, args, followsInodes);
  file.save();
  return {
    ...out,
    entries_after_operations: entries(),
    content_after_operations: readFileSync(path, 'utf8'),
  };
}

function operate(
  file: PositionFile,
  op: string,
  args: readonly unknown[],
  followsInodes: boolean,
): void {
  const [path, inode, ...rest] = args;
  const key = followsInodes ? String(inode) : String(path);
  const find = (): ReturnType<PositionFile['claim']> =>
    file.claim(String(path), BigInt(`${inode}`));
  switch (op) {
    case 'get':
      find();
      break;
    case 'update':
      find().change({ inode: BigInt(`${rest[0]}`), offset: Number(rest[1]) });
      break;
    case 'update_pos':
      find().change({ offset: Number(rest[0]) });
      break;
    case 'unwatch':
      for (const position of file.positions()) if (position.key === key) file.remove(position);
      break;
    case 'compact':
      file.compact();
      break;
    case 'unwatch_removed': {
      const existing = (args[0] as [string, number][]).map(([existingPath, existingInode]) =>
        followsInodes ? String(existingInode) : existingPath,
      );
      for (const position of file.positions()) {
        if (!existing.includes(position.key)) file.remove(position);
      }
      break;
    }
    default:
      assert.fail(`unknown operation ${op}`);
  }
}

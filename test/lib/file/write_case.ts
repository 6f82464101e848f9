import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ChunkWrite } from '../../../lib/file/chunk_write.ts';

/** A folder of a test's own, removed after it. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'file-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A write of a chunk in pieces; an error among them is thrown in its place. */
export function writeOf(chunk: string, pieces: readonly (string | Error)[]): ChunkWrite {
  return {
    chunk,
    bytes: piecesOf(pieces),
    mostBytes: pieces.reduce((sum, piece) => sum + (piece instanceof Error ? 0 : piece.length), 0),
    permissions: { file: 0o644, folder: 0o755 },
    signal: new AbortController().signal,
  };
}

async function* piecesOf(pieces: readonly (string | Error)[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield Buffer.from(piece);
  }
}

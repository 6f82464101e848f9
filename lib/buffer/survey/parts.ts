import type { ReadingFiles } from '../store/file_system.ts';
import { type Piece, readPieces } from '../store/pieces.ts';
import type { Damage } from './damage.ts';
import type { ChunkReport } from './examine.ts';

/** A part of a chunk: some of its content, or a place where content is missing. */
export type ChunkPart = { readonly piece: Piece } | { readonly damage: Damage };

/** The whole frames of an examined chunk, and what is damaged between and after them, in order. */
export async function* readParts(
  files: ReadingFiles,
  { damages, opened, runs }: ChunkReport,
): AsyncGenerator<ChunkPart, void, undefined> {
  const left = [...damages];
  for (const run of runs) {
    while (left[0] !== undefined && left[0].start < run.start) yield* nextOf(left);
    for await (const piece of readPieces(files, opened.file, [run], opened.seed)) yield { piece };
  }
  while (left.length > 0) yield* nextOf(left);
}

function* nextOf(damages: Damage[]): Generator<ChunkPart, void, undefined> {
  const damage = damages.shift();
  if (damage !== undefined) yield { damage };
}

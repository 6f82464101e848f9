import type { Stretch } from '../store/scan.ts';

/** What can be wrong with a chunk file. */
export type DamageKind =
  /** Nothing in it but zeros, if anything: no event in it was ever acknowledged. */
  | 'empty'
  /** The head cannot be read. */
  | 'head'
  /** A later Millrace wrote it. */
  | 'newer'
  /** No frame, where frames or a footer come after it. */
  | 'gap'
  /** The end of the file is no whole frame. */
  | 'tail'
  /** The footer cannot be read; no event is lost by that. */
  | 'footer'
  /** Sealed and without a footer: whether frames are missing at its end cannot be told. */
  | 'no footer'
  /** The footer says something else than the rest of the file. */
  | 'mismatch';

/** A stretch of a chunk file that is not as it was written. */
export interface Damage extends Stretch {
  readonly kind: DamageKind;
  /** What is wrong, as a person reads it. */
  readonly reason: string;
}

/** Whether events may be missing where this is. */
export function hidesEvents({ kind }: Damage): boolean {
  return kind === 'gap' || kind === 'tail' || kind === 'newer';
}

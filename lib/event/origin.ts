/**
 * Where a batch came from in a source that can offer it again: the half-open interval `[begin, end)` of
 * the source's own positions (bytes of a file, numbers of chunks). A buffer that has stored an origin
 * acknowledges it again without storing it again.
 */
export interface Origin {
  /** Names the source for ever: a file's device, inode and fingerprint, an agent's id. No more than 255 bytes. */
  readonly source: string;
  /** Positions of different epochs of a source have nothing to do with each other. */
  readonly epoch: number;
  readonly begin: number;
  readonly end: number;
  /** The source will never again offer a position below this: all of that is settled. */
  readonly low: number;
}

/** The origin of one of several batches made of one: the same positions, a source of its own, named by `branch`. */
export function branchOrigin(
  origin: Origin | undefined,
  branch: number | string,
): Origin | undefined {
  return origin === undefined ? undefined : { ...origin, source: `${origin.source}/${branch}` };
}

/** How the sources are named that offer one batch, perhaps again, and then nothing any more. */
const passing = 'chunk:';

/** The origin of a batch that is a source of its own, told from all others by `name`. */
export function passingOrigin(name: string): Origin {
  return { source: passing + name, epoch: 0, begin: 0, end: 1, low: 0 };
}

/** Whether a source is one of many that offer one batch each. */
export function isPassing(source: string): boolean {
  return source.startsWith(passing);
}

/**
 * The origin of the entries of a batch that failed at `place` and go to `@ERROR`. Others of the same batch may
 * fail at another place: `@ERROR` must keep both.
 */
export function errorOrigin(origin: Origin | undefined, place: string): Origin | undefined {
  return origin === undefined ? undefined : { ...origin, source: `${origin.source}/e${place}` };
}

/** Whether `source` is `root` or a branch of it. */
export function isBranchOf(source: string, root: string): boolean {
  return source === root || source.startsWith(`${root}/`);
}

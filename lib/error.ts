/** A span of a configuration text, for error messages: 1-based line and column, as editors count. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the fault spans; at least 1. */
  readonly length: number;
  /** The whole source line, without its line break. */
  readonly source: string;
}

/**
 * Every error code of Millrace, and whether trying the same thing again later can help.
 * The table is the one place that decides about retries.
 */
const codes = {
  MR_CONFIG_SYNTAX: { retryable: false },
  MR_CONFIG_INCLUDE: { retryable: false },
  MR_CONFIG_EMBEDDED: { retryable: false },
  MR_OPTION: { retryable: false },
  MR_PLUGIN: { retryable: false },
  MR_PLAN: { retryable: false },
  MR_PATTERN: { retryable: false },
  MR_ACCESSOR: { retryable: false },
  MR_TIME: { retryable: false },
  MR_CODEC: { retryable: false },
  MR_PROTOCOL: { retryable: false },
  MR_EVENT: { retryable: false },
  MR_STALLED: { retryable: false },
  MR_NET: { retryable: true },
  // Keys and certificates are changed in operation, on one side first: what is kept meanwhile can be sent after.
  MR_AUTH: { retryable: true },
  MR_IO: { retryable: true },
  MR_BUFFER: { retryable: true },
  MR_BUFFER_OVERFLOW: { retryable: true },
  MR_OUTPUT: { retryable: true },
  MR_UNRECOVERABLE: { retryable: false },
  MR_STOPPED: { retryable: true },
} as const satisfies { readonly [code: string]: { readonly retryable: boolean } };

export type ErrorCode = keyof typeof codes;

export interface ErrorDetail {
  readonly cause?: unknown;
  readonly at?: Place | undefined;
  /** What would have been right, or the nearest known name: one short sentence. */
  readonly hint?: string | undefined;
  /** The id of the plugin that it is about. */
  readonly pluginId?: string | undefined;
}

/** The one error class: a code from the table, the cause, and the plugin and the place in the configuration if there are any. */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly at: Place | undefined;
  readonly hint: string | undefined;
  readonly pluginId: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.at = detail.at;
    this.hint = detail.hint;
    this.pluginId = detail.pluginId;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }
}

/** The same error, said to be about a plugin. */
export function aboutPlugin(error: MillraceError, pluginId: string): MillraceError {
  const { code, message, at, hint, cause } = error;
  return new MillraceError(code, message, { at, hint, cause, pluginId });
}

/** The error of a plugin that cannot be made: what was thrown, with the id in front. `at` is where the plugin stands. */
export function notMade(thrown: unknown, pluginId: string, at?: Place): MillraceError {
  const cause = toError(thrown);
  const own = cause instanceof MillraceError ? cause : undefined;
  return new MillraceError(own?.code ?? 'MR_PLUGIN', `\`${pluginId}\`: ${cause.message}`, {
    cause,
    at: own?.at ?? at,
    hint: own?.hint,
    pluginId,
  });
}

/** What more is to be said of an `Unrecoverable`. */
export interface UnrecoverableDetail extends ErrorDetail {
  /** It has nothing to do with the entries, so that parts of the chunk would be refused too. */
  readonly refusesParts?: boolean;
}

/** Thrown by an output whose chunk can never be delivered: it goes to the dead letters at once, or what of it is to blame does. */
export class Unrecoverable extends MillraceError {
  readonly refusesParts: boolean;

  constructor(message: string, detail: UnrecoverableDetail = {}) {
    super('MR_UNRECOVERABLE', message, detail);
    this.name = 'Unrecoverable';
    this.refusesParts = detail.refusesParts === true;
  }
}

/** One entry of a chunk that a destination refused, by its index in the chunk. */
export interface Rejection {
  readonly index: number;
  readonly reason: string;
}

/** Thrown by an output that delivered a chunk except for some entries, which become dead letters. */
export class PartialFailure extends MillraceError {
  readonly rejected: readonly Rejection[];

  constructor(rejected: readonly Rejection[]) {
    super(
      'MR_UNRECOVERABLE',
      `${rejected.length} ${rejected.length === 1 ? 'entry was' : 'entries were'} refused: ${rejected[0]?.reason ?? 'for no reason given'}`,
    );
    this.name = 'PartialFailure';
    this.rejected = rejected;
  }
}

/** Whether trying again cannot help. A name is asked too, for a plugin may come with a Millrace of its own. */
export function isUnrecoverable(error: Error): boolean {
  return error.name === 'Unrecoverable' || (error instanceof MillraceError && !error.retryable);
}

/** Whether what was refused would be refused in parts too. */
export function refusesParts(error: Error): boolean {
  return 'refusesParts' in error && error.refusesParts === true;
}

/** What a `PartialFailure` rejects, whosever class it is; undefined for anything else that was thrown. */
export function rejectionsOf(thrown: unknown): readonly Rejection[] | undefined {
  if (!(thrown instanceof Error) || thrown.name !== 'PartialFailure') return undefined;
  if (!('rejected' in thrown) || !Array.isArray(thrown.rejected)) return undefined;
  return thrown.rejected.filter(isRejection);
}

function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && 'index' in value && 'reason' in value;
}

/** Makes an `Error` of anything that was thrown, and never throws itself. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(printThrown(thrown), { cause: thrown });
}

function printThrown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something was thrown that cannot be printed';
  }
}

/** The `code` of a system error (`ENOENT`, `ECONNRESET`, ...), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether there was no room: on the disk, or for this user. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

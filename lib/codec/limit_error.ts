import { MillraceError } from '../error.ts';

/** What a value has too much of. */
export type CodecLimit = 'length' | 'depth' | 'weight';

/** Bytes that may well be sound, but are more than is taken. */
export class LimitError extends MillraceError {
  readonly limit: CodecLimit;

  constructor(limit: CodecLimit, message: string, cause?: unknown) {
    super('MR_CODEC', message, { cause });
    this.limit = limit;
  }
}

import { type ErrorCode, MillraceError, type Place } from '../error.ts';

/** Collects what is wrong with a configuration while reading goes on. */
export class Findings {
  readonly faults: MillraceError[] = [];
  readonly warnings: MillraceError[] = [];

  fault(code: ErrorCode, message: string, at: Place, hint?: string): void {
    this.faults.push(new MillraceError(code, message, { at, hint }));
  }

  warn(code: ErrorCode, message: string, at: Place, hint?: string): void {
    this.warnings.push(new MillraceError(code, message, { at, hint }));
  }
}

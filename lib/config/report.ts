import type { ErrorCode, MillraceError, Place } from '../error.ts';

export type Severity = 'error' | 'warning';

/** A finding for editors and other programs. Lines and columns count from 1. */
export interface FindingReport {
  readonly severity: Severity;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

/**
 * The findings as a person reads them: message, place, the source line, and the hint under the words it is
 * about. Control characters from the source do not reach the terminal.
 */
export function formatFaults(
  faults: readonly MillraceError[],
  severity: Severity = 'error',
): string {
  return faults.map((fault) => formatFault(fault, severity)).join('\n\n');
}

/** The findings as plain data, ready for `JSON.stringify`. */
export function faultsToJson(
  faults: readonly MillraceError[],
  severity: Severity = 'error',
): readonly FindingReport[] {
  return faults.map(({ code, message, hint, at }) => ({
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined
      ? {}
      : { file: at.file, line: at.line, column: at.column, length: at.length }),
  }));
}

function formatFault(fault: MillraceError, severity: Severity): string {
  const title = `${severity}[${fault.code}]: ${visible(fault.message)}`;
  const hint = visible(fault.hint ?? '');
  if (fault.at === undefined) return hint === '' ? title : `${title}\n  = ${hint}`;
  const { at } = fault;
  const margin = ' '.repeat(String(at.line).length);
  const { source, start, length } = excerpt(at);
  const indent = source.slice(0, start).replace(/[^\t]/g, ' ');
  return [
    title,
    `${margin}--> ${visible(at.file)}:${at.line}:${at.column}`,
    `${margin} |`,
    `${at.line} | ${visible(source)}`.trimEnd(),
    `${margin} | ${indent}${'^'.repeat(length)} ${hint}`.trimEnd(),
  ].join('\n');
}

const maxWidth = 160;
const ellipsis = '...';

/** The part of a long source line that shows the fault. */
function excerpt(at: Place): { source: string; start: number; length: number } {
  const start = at.column - 1;
  const { source } = at;
  if (source.length <= maxWidth) {
    return { source, start, length: Math.max(1, Math.min(at.length, source.length - start)) };
  }
  const from = Math.max(0, Math.min(start - 40, source.length - maxWidth));
  const lead = from > 0 ? ellipsis : '';
  const shown = source.slice(from, from + maxWidth);
  const tail = from + maxWidth < source.length ? ellipsis : '';
  const length = Math.max(1, Math.min(at.length, from + shown.length - start));
  return { source: lead + shown + tail, start: start - from + lead.length, length };
}

/** One visible character for each control character but the tab, so that columns stay in line. */
function visible(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    '\uFFFD',
  );
}

/** The parts of a line of syslog, as they stand in it; undefined where the line has none. */
export interface SyslogLine {
  readonly pri: number | undefined;
  /** The time. Words of it have one blank between, unless it is read by its length. */
  readonly time: string;
  host: string;
  ident: string | undefined;
  pid: string | undefined;
  /** RFC 5424 only: the message's id, and the structured data. */
  msgid: string | undefined;
  extradata: string | undefined;
  message: string | undefined;
}

/** How the lines of a syslog begin. */
export interface SyslogHead {
  /** A priority stands first: `<13>`. */
  readonly hasPriority: boolean;
  /** Of how many words, with blanks between, the time consists. */
  readonly timeWords: number;
}

/** A line of which the begin is read, and where the rest begins. */
export interface BegunLine {
  readonly line: SyslogLine;
  readonly at: number;
}

/** Where the time begins, behind a priority as the expression has it; -1 when there is none and there should be. */
export function timeBegin(text: string, head: SyslogHead, priority: RegExp): number {
  if (!head.hasPriority) return 0;
  return priority.exec(text)?.[0].length ?? -1;
}

/** Reads the priority, and the time word by word; null when the line ends before the blank behind the time. */
export function beginLine(text: string, head: SyslogHead, begin: number): BegunLine | null {
  let end = begin - 1;
  for (let words = 0; words < head.timeWords; words += 1) {
    while (text[end + 1] === ' ') end += 1;
    end = text.indexOf(' ', end + 1);
    if (end === -1) return null;
  }
  const time = text.slice(begin, end);
  const squeezed = time.includes('  ') ? time.replaceAll(/ {2,}/g, ' ') : time;
  return { line: lineOf(text, head, squeezed), at: end + 1 };
}

/** A line of which only time and priority are known. */
export function lineOf(text: string, head: SyslogHead, time: string): SyslogLine {
  return {
    pri: head.hasPriority ? Number(text.slice(1, text.indexOf('>'))) : undefined,
    time,
    host: '',
    ident: undefined,
    pid: undefined,
    msgid: undefined,
    extradata: undefined,
    message: undefined,
  };
}

/** The text without a line break at its end. */
export function withoutLineBreak(text: string): string {
  if (text.endsWith('\r\n')) return text.slice(0, -2);
  return text.endsWith('\n') || text.endsWith('\r') ? text.slice(0, -1) : text;
}

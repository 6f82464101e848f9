import {
  type BegunLine,
  beginLine,
  lineOf,
  type SyslogHead,
  type SyslogLine,
  timeBegin,
  withoutLineBreak,
} from './syslog.ts';

/*
 * A line of the older syslog, as BSD and RFC 3164 have it:
 *
 *     <13>Oct 11 22:14:15 host ident[pid]: message
 */

/**
 * Reads a line as Fluentd's engine `regexp` does: the message begins behind the first colon after the ident,
 * wherever that is, and ends with the line.
 */
export function readRfc3164(text: string, head: SyslogHead): SyslogLine | null {
  const begin = timeBegin(text, head, priorityShape);
  const begun = begin === -1 ? null : beginLine(text, head, begin);
  if (begun === null) return null;
  const { line } = begun;
  const hostEnd = text.indexOf(' ', begun.at);
  if (hostEnd === -1) return null;
  line.host = text.slice(begun.at, hostEnd);
  identShape.lastIndex = hostEnd + 1;
  const [all = '', ident, pid] = identShape.exec(text) ?? [];
  line.ident = ident;
  line.pid = pid;
  let at = hostEnd + 1 + all.length;
  const colon = text.indexOf(':', at);
  if (colon !== -1) at = colon + 1;
  while (text[at] === ' ') at += 1;
  const end = text.indexOf('\n', at);
  line.message = withoutLineBreak(text.slice(at, end === -1 ? text.length : end));
  return line;
}

const priorityShape = /^<\d{1,3}>/;
const identShape = /([^ :[]*)(?:\[([0-9]+)\])?/y;

/** What `readRfc3164Words` must know of a log. */
export interface WordsHead extends SyslogHead {
  /** The time is written as usual: 15 characters, perhaps with a fraction behind a dot. */
  readonly hasUsualTime: boolean;
  /** A first word without a colon is the ident too. */
  readonly allowsColonlessIdent: boolean;
}

/**
 * Reads a line as Fluentd's engine `string` does: the first word is the ident, with a colon at its end or not,
 * and the message is the rest, line breaks included. One word alone is the message.
 */
export function readRfc3164Words(text: string, head: WordsHead): SyslogLine | null {
  const begin = timeBegin(text, head, longPriorityShape);
  if (begin === -1) return null;
  const begun = head.hasUsualTime
    ? beginUsualLine(text, head, begin)
    : beginLine(text, head, begin);
  if (begun === null) return null;
  const { line } = begun;
  const hostEnd = text.indexOf(' ', begun.at);
  if (hostEnd === -1) return null;
  line.host = text.slice(begun.at, hostEnd);
  const at = hostEnd + 1;
  const wordEnd = text.indexOf(' ', at);
  const hasIdent = wordEnd !== -1 && (head.allowsColonlessIdent || text[wordEnd - 1] === ':');
  if (hasIdent) noteIdent(line, text.slice(at, wordEnd));
  line.message = withoutLineBreak(text.slice(hasIdent ? wordEnd + 1 : at));
  return line;
}

const longPriorityShape = /^<\d+>/;
const usualTimeLength = 'Mmm dd hh:mm:ss'.length;

function beginUsualLine(text: string, head: WordsHead, begin: number): BegunLine | null {
  let end = begin + usualTimeLength;
  if (text[end] === '.') end = text.indexOf(' ', end);
  if (end === -1 || text[end] !== ' ') return null;
  return { line: lineOf(text, head, text.slice(begin, end)), at: end + 1 };
}

function noteIdent(line: SyslogLine, word: string): void {
  const name = word.endsWith(':') ? word.slice(0, -1) : word;
  const bracket = name.endsWith(']') ? name.indexOf('[') : -1;
  line.ident = bracket === -1 ? name : name.slice(0, bracket);
  if (bracket !== -1) line.pid = name.slice(bracket + 1, -1);
}

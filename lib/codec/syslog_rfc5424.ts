import {
  beginLine,
  type SyslogHead,
  type SyslogLine,
  timeBegin,
  withoutLineBreak,
} from './syslog.ts';

/*
 * A line of syslog as RFC 5424 has it; `-` stands for what is not known:
 *
 *     <165>1 2003-10-11T22:14:15.003Z host ident pid msgid [id@1 name="value"] message
 */

/** Whether a line begins as RFC 5424 has it, with priority and version. */
export function isRfc5424(text: string): boolean {
  return priorityAndVersion.test(text);
}

const priorityAndVersion = /^<\d{1,3}>[1-9]\d{0,2} /;

/**
 * Reads a line as Fluentd's engine `regexp` does: names are printable ASCII of limited length, and the structured
 * data ends at a bracket that no backslash stands before, with a blank or nothing behind it.
 */
export function readRfc5424(text: string, head: SyslogHead): SyslogLine | null {
  const begin = timeBegin(text, head, beginShape);
  const begun = begin === -1 ? null : beginLine(text, head, begin);
  if (begun === null) return null;
  const { line } = begun;
  namesShape.lastIndex = begun.at;
  const names = namesShape.exec(text);
  if (names === null) return null;
  noteNames(line, names, 1);
  const at = begun.at + names[0].length;
  const end = text[at] === '-' ? at + 1 : structuredEnd(text, at);
  // A blank with nothing behind it is no message.
  if (end === -1 || (end < text.length && (text[end] !== ' ' || end + 1 === text.length))) {
    return null;
  }
  line.extradata = text.slice(at, end);
  if (end < text.length) line.message = withoutLineBreak(text.slice(end + 1));
  return line;
}

const beginShape = /^<\d{1,3}>\d{1,3}[\t-\r ]/;
const namesShape = /([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) (?=[-[])/y;

/** Where structured data ends, with a blank and a message, or nothing, behind it; -1 when nowhere. */
function structuredEnd(text: string, begin: number): number {
  let bracket = text.indexOf(']', begin);
  for (; bracket !== -1; bracket = text.indexOf(']', bracket + 1)) {
    if (text[bracket - 1] === '\\') continue;
    const end = bracket + 1;
    if (end === text.length || (text[end] === ' ' && end + 1 < text.length)) return end;
  }
  return -1;
}

/**
 * Reads a line as Fluentd's engine `string` does: names are words of any characters, the structured data ends at
 * the first `] ` or with the line, and backslashes are taken out of it.
 */
export function readRfc5424Words(text: string, head: SyslogHead): SyslogLine | null {
  const begin = timeBegin(text, head, looseBeginShape);
  const begun = begin === -1 ? null : beginLine(text, head, begin);
  if (begun === null) return null;
  const { line } = begun;
  const names: string[] = [];
  let { at } = begun;
  while (names.length < 4) {
    const end = text.indexOf(' ', at);
    if (end === -1) return null;
    names.push(text.slice(at, end));
    at = end + 1;
  }
  noteNames(line, names, 0);
  const bracket = text.indexOf('] ', at);
  const structured = bracket === -1 ? text.length : bracket + 1;
  const end = text[at] === '-' ? at + 1 : structured;
  line.extradata = text.slice(at, end).replaceAll('\\', '');
  if (end < text.length) line.message = withoutLineBreak(text.slice(end + 1));
  return line;
}

const looseBeginShape = /^<\d+>[^ ]* /;

function noteNames(line: SyslogLine, names: readonly string[], first: number): void {
  line.host = names[first] ?? '';
  line.ident = names[first + 1];
  line.pid = names[first + 2];
  line.msgid = names[first + 3];
}

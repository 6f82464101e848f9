import {
  type EventRecord,
  type EventValue,
  getField,
  isRecord,
  type MutableRecord,
  setField,
} from '../event/entry.ts';
import type { EventTime } from '../event/time.ts';
import { textOf } from './field_text.ts';

/** What placeholders name: an event, its tag and its host. One scope may serve many events, one after another. */
export interface TemplateScope {
  tag: TagParts;
  time: EventTime;
  record: EventRecord;
}

/** A tag with its parts, its beginnings (`a`, `a.b`) and its ends (`a.b`, `b`). */
export interface TagParts {
  readonly tag: string;
  readonly parts: readonly string[];
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
}

/** Makes a value for an event. */
export type Template = (scope: TemplateScope) => EventValue;

/** What templates need besides the event. */
export interface TemplateSetting {
  readonly hostname: string;
  /** How `${time}` is printed. */
  readonly printTime: (time: EventTime) => string;
  /** Whether a text that is one placeholder and nothing else gives the value with its type. */
  readonly keepsTypes: boolean;
  /** Told of each placeholder that means nothing. */
  readonly onUnknown: (placeholder: string) => void;
}

/** Takes a tag apart. Empty parts at its end do not count. */
export function tagParts(tag: string): TagParts {
  const parts = tag.split('.');
  while (parts.at(-1) === '') parts.pop();
  return {
    tag,
    parts,
    prefixes: parts.map((_, index) => parts.slice(0, index + 1).join('.')),
    suffixes: parts.map((_, index) => parts.slice(index).join('.')),
  };
}

/**
 * Compiles a value whose texts, at any depth, hold placeholders: `${tag}`, `${tag_parts[0]}`, `${tag_prefix[1]}`,
 * `${tag_suffix[-1]}`, `${time}`, `${hostname}`, `${record["field"]}`, and `__TAG__`, `__TIME__`,
 * `__HOSTNAME__`. One that means nothing, and a field that is missing, gives null, and nothing inside of a text.
 */
export function compileTemplate(value: EventValue, setting: TemplateSetting): Template {
  if (typeof value === 'string') return compileText(value, setting);
  if (isList(value)) {
    const elements = value.map((element) => compileTemplate(element, setting));
    return (scope) => elements.map((element) => element(scope));
  }
  if (!isRecord(value)) return () => value;
  const fields = Object.entries(value).map(([key, field]) => {
    return [compileTextTemplate(key, setting), compileTemplate(field, setting)] as const;
  });
  return (scope) => {
    const record: MutableRecord = {};
    for (const [key, field] of fields) setField(record, key(scope), field(scope));
    return record;
  };
}

/** Whether a value gives the same for every event: no placeholder at any depth, unless the host's name. */
export function isConstant(value: EventValue): boolean {
  if (typeof value === 'string') return splitPlaceholders(value).every(isConstantPiece);
  if (isList(value)) return value.every(isConstant);
  if (!isRecord(value)) return true;
  return Object.entries(value).every(([key, field]) => isConstant(key) && isConstant(field));
}

function isConstantPiece({ isPlaceholder, text }: Piece): boolean {
  return !isPlaceholder || text === '${hostname}' || text === '__HOSTNAME__';
}

/** Compiles a text whose result is text whatever the types of the values in it. */
export function compileTextTemplate(
  text: string,
  setting: TemplateSetting,
): (scope: TemplateScope) => string {
  const pieces = splitPlaceholders(text).map((piece) =>
    piece.isPlaceholder ? resolve(piece.text, setting) : piece.text,
  );
  if (pieces.every((piece) => typeof piece === 'string')) return () => text;
  return (scope) => {
    let made = '';
    for (const piece of pieces) made += typeof piece === 'string' ? piece : textOf(piece(scope));
    return made;
  };
}

function compileText(text: string, setting: TemplateSetting): Template {
  const pieces = splitPlaceholders(text);
  const [only] = pieces;
  const isOne = setting.keepsTypes && pieces.length === 1 && only?.isPlaceholder === true;
  return isOne ? resolve(text, setting) : compileTextTemplate(text, setting);
}

interface Piece {
  readonly text: string;
  readonly isPlaceholder: boolean;
}

function splitPlaceholders(text: string): readonly Piece[] {
  const pieces = text.split(/(\$\{[^}]+\}|__(?:TAG|TIME|HOSTNAME)__)/);
  return pieces
    .map((piece, index) => ({ text: piece, isPlaceholder: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

function resolve(placeholder: string, setting: TemplateSetting): Template {
  const template = lookUp(placeholder, setting);
  if (template !== undefined) return template;
  setting.onUnknown(placeholder);
  return () => null;
}

function lookUp(placeholder: string, setting: TemplateSetting): Template | undefined {
  switch (placeholder) {
    case '${tag}':
    case '__TAG__':
      return (scope) => scope.tag.tag;
    case '${time}':
    case '__TIME__':
      return (scope) => setting.printTime(scope.time);
    case '${hostname}':
    case '__HOSTNAME__':
      return () => setting.hostname;
    default:
      return lookUpRecord(placeholder) ?? lookUpTag(placeholder);
  }
}

function lookUpRecord(placeholder: string): Template | undefined {
  const field = /^\$\{record\["(.*)"\]\}$/s.exec(placeholder)?.[1];
  return field === undefined ? undefined : (scope) => getField(scope.record, field) ?? null;
}

function lookUpTag(placeholder: string): Template | undefined {
  const match = /^\$\{tag_(parts|prefix|suffix)\[(-?(?:0|[1-9]\d*))\]\}$/.exec(placeholder);
  const index = Number(match?.[2]);
  switch (match?.[1]) {
    case 'parts':
      return (scope) => scope.tag.parts.at(index) ?? null;
    case 'prefix':
      return (scope) => scope.tag.prefixes.at(index) ?? null;
    case 'suffix':
      return (scope) => scope.tag.suffixes.at(index) ?? null;
    default:
      return undefined;
  }
}

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}

import { type AccessorPath, type AccessorStep, parseAccessorPath } from './accessor_path.ts';
import {
  copyRecord,
  type EventRecord,
  type EventValue,
  getField,
  isRecord,
  type MutableRecord,
  setField,
} from './entry.ts';

/** A record without a field, and what the field held; undefined when there was no such field. */
export interface Removal {
  readonly record: EventRecord;
  readonly removed: EventValue | undefined;
}

/** Reaches one place in records. Records are never changed: what changes one gives a new record. */
export interface Accessor {
  /** A text for a plain key, a list of names and indexes for a nested path. */
  readonly path: AccessorPath;
  /** The value, or undefined when a step of the path is missing or its holder is neither map nor list. */
  get(record: EventRecord): EventValue | undefined;
  /**
   * The record with the value in its place. Missing holders are not made: the record comes back as it is.
   * A list grows, filled up with nulls.
   */
  set(record: EventRecord, value: EventValue): EventRecord;
  /** The record without the place; what follows in a list moves up. */
  delete(record: EventRecord): Removal;
}

/**
 * Compiles `$.a.b[0]`, `$['a.b'][-1]` or a plain key. An index that meets a map means the field of that name.
 * @throws MR_ACCESSOR when the syntax is wrong
 */
export function compileAccessor(text: string): Accessor {
  const path = parseAccessorPath(text);
  if (typeof path !== 'string') return nestedAccessor(path);
  return {
    path,
    get: (record) => getField(record, path),
    set: (record, value) => withField(record, path, value),
    delete: (record) => {
      const removed = getField(record, path);
      return removed === undefined
        ? { record, removed }
        : { record: withoutField(record, path), removed };
    },
  };
}

function nestedAccessor(path: readonly AccessorStep[]): Accessor {
  const get = (record: EventRecord): EventValue | undefined => {
    let value: EventValue | undefined = record;
    for (const step of path) {
      if (value === undefined) return undefined;
      value = stepInto(value, step);
    }
    return value;
  };
  return {
    path,
    get,
    set(record, value) {
      const changed = setAt(record, path, 0, value);
      return isRecord(changed) ? changed : record;
    },
    delete(record) {
      const removed = get(record);
      if (removed === undefined) return { record, removed };
      const changed = setAt(record, path, 0, undefined);
      return { record: isRecord(changed) ? changed : record, removed };
    },
  };
}

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}

function stepInto(holder: EventValue, step: AccessorStep): EventValue | undefined {
  if (isList(holder)) return typeof step === 'number' ? holder.at(step) : undefined;
  return isRecord(holder) ? getField(holder, String(step)) : undefined;
}

/** A copy of `holder` with the place changed; undefined as the value takes the place away. */
function setAt(
  holder: EventValue,
  path: readonly AccessorStep[],
  depth: number,
  value: EventValue | undefined,
): EventValue {
  const step = path[depth];
  if (step === undefined) return holder;
  if (depth === path.length - 1) return changeStep(holder, step, value);
  const inner = stepInto(holder, step);
  if (inner === undefined) return holder;
  const changed = setAt(inner, path, depth + 1, value);
  return changed === inner ? holder : changeStep(holder, step, changed);
}

function changeStep(
  holder: EventValue,
  step: AccessorStep,
  value: EventValue | undefined,
): EventValue {
  if (isList(holder)) return typeof step === 'number' ? changeList(holder, step, value) : holder;
  if (!isRecord(holder)) return holder;
  const key = String(step);
  return value === undefined ? withoutField(holder, key) : withField(holder, key, value);
}

function changeList(
  list: readonly EventValue[],
  step: number,
  value: EventValue | undefined,
): readonly EventValue[] {
  const index = step < 0 ? list.length + step : step;
  if (index < 0) return list;
  if (value === undefined) return list.toSpliced(index, 1);
  const copy = [...list];
  while (copy.length < index) copy.push(null);
  copy[index] = value;
  return copy;
}

function withField(record: EventRecord, key: string, value: EventValue): EventRecord {
  const copy = copyRecord(record);
  setField(copy, key, value);
  return copy;
}

/** Field by field rather than `delete` on a copy, which makes every later read of the record slow. */
function withoutField(record: EventRecord, key: string): EventRecord {
  const copy: MutableRecord = {};
  for (const name of Object.keys(record)) {
    const value = record[name];
    if (name !== key && value !== undefined) setField(copy, name, value);
  }
  return copy;
}

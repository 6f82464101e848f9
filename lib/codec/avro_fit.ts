import { MillraceError } from '../error.ts';
import {
  type EventRecord,
  type EventValue,
  Float,
  getField,
  isRecord,
  RawString,
} from '../event/entry.ts';
import { EventTime } from '../event/time.ts';
import { type AvroBranch, type AvroNode, type AvroRecord, isLong } from './avro_schema.ts';
import { asBuffer } from './bytes.ts';

/**
 * A record as avsc encodes it by the schema. A field that is missing gets its default, or null where it may be null;
 * fields that the schema does not know are left out. Of a union, the branch that says the value most exactly is taken.
 * @throws MR_CODEC naming the field that does not fit
 */
export function fitAvro(schema: AvroRecord, record: EventRecord): object {
  return fitRecord(schema, record, '');
}

function fit(node: AvroNode, value: EventValue, path: string): unknown {
  switch (node.kind) {
    case 'union':
      return fitUnion(node.branches, value, path);
    case 'record':
      if (isRecord(value)) return fitRecord(node, value, path);
      break;
    case 'array':
      if (isList(value)) {
        return value.map((each, index) => fit(node.element, each, `${path}[${index}]`));
      }
      break;
    case 'map':
      if (isRecord(value)) return fitMap(node.element, value, path);
      break;
    case 'bytes':
    case 'fixed':
      if (suits(node, value)) return bytesOf(value);
      break;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      if (suits(node, value)) return numberOf(value, node.kind);
      break;
    default:
      if (suits(node, value)) return value;
  }
  throw misfit(path, `expected ${describe(node)}, got ${show(value)}`);
}

function fitRecord({ fields }: AvroRecord, record: EventRecord, path: string): object {
  const fitted: Fitted = {};
  for (const { name, node, hasDefault } of fields) {
    const value = getField(record, name);
    if (value !== undefined) put(fitted, name, fit(node, value, joined(path, name)));
    // Undefined must be its own, or avsc finds what all objects have: `constructor`.
    else if (hasDefault) put(fitted, name, undefined);
    else if (suits(node, null)) put(fitted, name, null);
    else throw misfit(joined(path, name), 'it is missing, and has no default');
  }
  return fitted;
}

function fitMap(element: AvroNode, record: EventRecord, path: string): object {
  const fitted: Fitted = {};
  for (const key of Object.keys(record)) {
    put(fitted, key, fit(element, record[key] ?? null, joined(path, key)));
  }
  return fitted;
}

interface Fitted {
  [name: string]: unknown;
}

function put(fitted: Fitted, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(fitted, name, { value, enumerable: true });
  else fitted[name] = value;
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function fitUnion(branches: readonly AvroBranch[], value: EventValue, path: string): unknown {
  let cause: unknown;
  for (const isLoose of [false, true]) {
    for (const { name, node } of branches) {
      if (looseKinds.has(node.kind) !== isLoose || !suits(node, value)) continue;
      try {
        const fitted = fit(node, value, path);
        return node.kind === 'null' ? null : { [name]: fitted };
      } catch (misfitted) {
        cause ??= misfitted;
      }
    }
  }
  const wanted = branches.map(({ node }) => describe(node)).join(' or ');
  throw cause ?? misfit(path, `expected ${wanted}, got ${show(value)}`);
}

/** Kinds that also take values for which there may be a better branch. */
const looseKinds: ReadonlySet<AvroNode['kind']> = new Set(['float', 'double', 'bytes']);

/** Whether a value is of the node's kind; what is inside of it may still not fit. */
function suits(node: AvroNode, value: EventValue): boolean {
  switch (node.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && (value | 0) === value;
    case 'long':
      return isLong(value) || value instanceof EventTime;
    case 'float':
    case 'double':
      return isFloating(value);
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return typeof value === 'string' || isBytes(value);
    case 'fixed':
      return isBytes(value) && bytesOf(value).length === node.size;
    case 'enum':
      return typeof value === 'string' && node.symbols.includes(value);
    case 'array':
      return Array.isArray(value);
    case 'map':
    case 'record':
      return isRecord(value);
    case 'union':
      return node.branches.some((branch) => suits(branch.node, value));
  }
}

/** A bigint is one only where that loses nothing. */
function isFloating(value: EventValue): boolean {
  if (typeof value === 'bigint') return BigInt(Number(value)) === value;
  return typeof value === 'number' || value instanceof Float || value instanceof EventTime;
}

function isBytes(value: EventValue): boolean {
  return value instanceof Uint8Array || value instanceof RawString;
}

function isList(value: EventValue): value is readonly EventValue[] {
  return Array.isArray(value);
}

function bytesOf(value: EventValue): Buffer {
  if (value instanceof RawString) return asBuffer(value.bytes);
  return value instanceof Uint8Array ? asBuffer(value) : Buffer.from(String(value));
}

function numberOf(value: EventValue, kind: 'int' | 'long' | 'float' | 'double'): number | bigint {
  if (value instanceof EventTime) {
    return kind === 'long' ? value.sec : value.sec + value.nsec / 1e9;
  }
  if (value instanceof Float) return value.value;
  return kind === 'long' && typeof value === 'bigint' ? value : Number(value);
}

function describe(node: AvroNode): string {
  if (node.kind === 'fixed') return `${node.size} bytes`;
  return node.kind === 'enum' ? `one of ${node.symbols.join(', ')}` : node.kind;
}

function show(value: EventValue): string {
  if (typeof value === 'string') return `the text \`${value.slice(0, 80)}\``;
  if (value instanceof RawString) return 'a text that is not UTF-8';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof EventTime) return 'a time';
  if (Array.isArray(value)) return 'a list';
  return isRecord(value) ? 'a map' : String(value);
}

function misfit(path: string, why: string): MillraceError {
  return new MillraceError('MR_CODEC', `field \`${path}\` does not fit the Avro schema: ${why}`);
}

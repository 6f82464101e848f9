import avsc, { type Type } from 'avsc';
import { MillraceError, toError } from '../error.ts';
import type { EventValue } from '../event/entry.ts';
import { printJson } from './json_print.ts';

/** An Avro type, as far as values are read and written by it. */
export type AvroNode =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' }
  | { readonly kind: 'bytes' | 'string' }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly element: AvroNode }
  | { readonly kind: 'map'; readonly element: AvroNode }
  | { readonly kind: 'union'; readonly branches: readonly AvroBranch[] }
  | AvroRecord;

/** One of the types of a union. */
export interface AvroBranch {
  /** How avsc calls it. */
  readonly name: string;
  readonly node: AvroNode;
}

/** A record type. Its fields come after it: it may contain itself. */
export interface AvroRecord {
  readonly kind: 'record';
  readonly fields: readonly AvroField[];
}

/** A field of a record type. */
export interface AvroField {
  readonly name: string;
  readonly node: AvroNode;
  readonly hasDefault: boolean;
}

/** A schema whose values are events: a record. */
export interface AvroSchema {
  /** Encodes values as `fitAvro` makes them. */
  readonly type: Type;
  readonly record: AvroRecord;
  /** The schema as JSON without blanks, with all that it says of itself. */
  readonly text: string;
}

/** Compiles a schema given as JSON. @throws MR_CODEC when it is no Avro schema, or not one of a record */
export function compileAvro(schema: EventValue): AvroSchema {
  const text = printJson(schema);
  const type = typeOf(schema);
  const record = new NodeMaker().make(type);
  if (record.kind !== 'record') {
    throw new MillraceError('MR_CODEC', `an event needs an Avro record, not ${record.kind}`);
  }
  return { type, record, text };
}

/** Avro's `long` with all of its 64 bits, for avsc: a number where that is exact, else a bigint. */
const exactLong: Type = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => numberOrBigint(bytes.readBigInt64LE()),
  toBuffer: longBytes,
  fromJSON: (value: number | bigint) => value,
  toJSON: (value: number | bigint) => value,
  isValid: isLong,
  compare: (one: number | bigint, other: number | bigint) =>
    Number(one > other) - Number(one < other),
});

const shared = Buffer.alloc(8);

/** Eight bytes that avsc reads at once, before the next call. */
function longBytes(value: number | bigint): Buffer {
  if (typeof value === 'bigint') shared.writeBigInt64LE(value);
  else {
    shared.writeInt32LE(value | 0);
    shared.writeInt32LE(Math.floor(value / 2 ** 32), 4);
  }
  return shared;
}

/** Whether a value is an integer of 64 bits. */
export function isLong(value: unknown): value is number | bigint {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
}

/** An integer as an event value. */
export function numberOrBigint(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function typeOf(schema: EventValue): Type {
  try {
    // avsc checks whatever it is given.
    return avsc.Type.forSchema(schema as avsc.Schema, {
      noAnonymousTypes: true,
      wrapUnions: true,
      typeHook: (part) => (isLongSchema(part) ? exactLong : undefined),
    });
  } catch (cause) {
    throw new MillraceError('MR_CODEC', `not an Avro schema: ${toError(cause).message}`, { cause });
  }
}

function isLongSchema(part: unknown): boolean {
  if (part === 'long') return true;
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'long';
}

class NodeMaker {
  /** Named types may occur again, also within themselves. */
  readonly #known = new Map<Type, AvroNode>();

  make(type: Type): AvroNode {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    if (type instanceof avsc.types.RecordType) return this.#record(type);
    const node = this.#other(type);
    this.#known.set(type, node);
    return node;
  }

  #record(type: avsc.types.RecordType): AvroNode {
    const fields: AvroField[] = [];
    const node: AvroNode = { kind: 'record', fields };
    this.#known.set(type, node);
    for (const field of type.fields) {
      const hasDefault = field.defaultValue() !== undefined;
      fields.push({ name: field.name, node: this.make(field.type), hasDefault });
    }
    return node;
  }

  #other(type: Type): AvroNode {
    if (type === exactLong) return { kind: 'long' };
    if (type instanceof avsc.types.ArrayType) {
      return { kind: 'array', element: this.make(type.itemsType) };
    }
    if (type instanceof avsc.types.MapType) {
      return { kind: 'map', element: this.make(type.valuesType) };
    }
    if (type instanceof avsc.types.EnumType) return { kind: 'enum', symbols: type.symbols };
    if (type instanceof avsc.types.FixedType) return { kind: 'fixed', size: type.size };
    if (type instanceof avsc.types.WrappedUnionType) {
      const branches = type.types.map((branch) => ({
        name: branch.branchName ?? branch.typeName,
        node: this.make(branch),
      }));
      return { kind: 'union', branches };
    }
    switch (type.typeName) {
      case 'null':
      case 'boolean':
      case 'int':
      case 'float':
      case 'double':
      case 'bytes':
      case 'string':
        return { kind: type.typeName };
      default:
        throw new MillraceError('MR_CODEC', `the Avro type ${type.typeName} cannot be in an event`);
    }
  }
}

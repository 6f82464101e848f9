import { type EventValue, type MutableRecord, setField } from '../event/entry.ts';
import type { ConstantFields } from '../event/undecoded.ts';
import { type BytePiece, bytePiece } from './byte_writer.ts';
import { printJsonExactly } from './json_print.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

/** What a parser finds in each line. */
export interface FieldColumn {
  readonly name: string;
  /** `integer`: decimal digits, with no zero before others, of a number below 2^53. */
  readonly type: 'text' | 'integer';
  /** Not every line has it. */
  readonly isOptional: boolean;
}

/** A field as it is printed: of one shape, whether its value is found in lines or the same for all. */
export interface LaidField {
  readonly name: string;
  /** The column that has its value; -1: `value` is the same for all lines. */
  readonly column: number;
  readonly isInteger: boolean;
  readonly isOptional: boolean;
  readonly value: EventValue;
  /** MessagePack of the name, and of the value if it is the same for all. */
  readonly packed: BytePiece;
  /** The name with what stands around it: `,"name":`, and the quote that begins a text, or the value that is the same for all. */
  readonly json: BytePiece;
  /** The same where the value is null. */
  readonly jsonNull: BytePiece;
}

const packer = new MsgpackWriter();

/** The fields of records in their order. */
export class FieldLayout {
  readonly fields: readonly LaidField[];

  private constructor(fields: readonly LaidField[]) {
    this.fields = fields;
  }

  /** Of columns; an undefined one is found but not shown. */
  static of(columns: readonly (FieldColumn | undefined)[]): FieldLayout {
    return new FieldLayout(columns.flatMap((column, index) => columnField(column, index) ?? []));
  }

  /** With fields set behind these, or in the place of those that have their names. Undefined: the order may differ. */
  with(constants: ConstantFields): FieldLayout | undefined {
    const fields = [...this.fields];
    for (const [name, value] of constants) {
      const laid = constantField(name, value);
      const index = fields.findIndex((field) => field.name === name);
      // Names that are numbers come first in any object, and a field that may be absent has no place to keep.
      const hasPlace = !isIndex(name) && fields[index]?.isOptional !== true;
      if (laid === undefined || !hasPlace) return undefined;
      if (index < 0) fields.push(laid);
      else fields[index] = laid;
    }
    return new FieldLayout(fields);
  }
}

function columnField(column: FieldColumn | undefined, index: number): LaidField | undefined {
  if (column === undefined) return undefined;
  const { name, type, isOptional } = column;
  packer.clear();
  packer.text(name);
  return {
    name,
    column: index,
    isInteger: type === 'integer',
    isOptional,
    value: null,
    packed: bytePiece(packer.take()),
    json: bytePiece(Buffer.from(`,${JSON.stringify(name)}:${type === 'integer' ? '' : '"'}`)),
    jsonNull: bytePiece(Buffer.from(`,${JSON.stringify(name)}:null`)),
  };
}

/** Undefined when the value cannot be printed: who decodes the entries learns why. */
function constantField(name: string, value: EventValue): LaidField | undefined {
  const record: MutableRecord = {};
  setField(record, name, value);
  packer.clear();
  try {
    packer.record(record);
    const json = Buffer.from(printJsonExactly(record)).subarray(0, -1);
    json[0] = 0x2c;
    return {
      name,
      column: -1,
      isInteger: false,
      isOptional: false,
      value,
      packed: bytePiece(packer.take().subarray(1)),
      json: bytePiece(json),
      jsonNull: bytePiece(json),
    };
  } catch {
    return undefined;
  }
}

function isIndex(name: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(name);
}

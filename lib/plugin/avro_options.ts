import { readFileSync } from 'node:fs';
import { type AvroSchema, compileAvro } from '../codec/avro_schema.ts';
import { parseJson } from '../codec/json.ts';
import { MillraceError, toError } from '../error.ts';
import { custom, string } from '../option/declare.ts';
import type { Parsed } from '../option/option.ts';

/** Where the schema is: to be spread into the options of whatever reads or writes Avro. */
export const avroOptions = {
  schema: custom(
    {
      type: 'json',
      schema: {},
      fromText: (text) => text,
      fromValue: (given: object | string) =>
        typeof given === 'string' ? given : JSON.stringify(given),
    },
    { doc: 'The Avro schema, a record: JSON, in TypeScript also the value itself.' },
  ),
  schemaFile: string({ doc: 'The path of a file that holds the Avro schema.' }),
} as const;

/**
 * The schema that the options give, or undefined when they give none.
 * @throws MR_OPTION when they give two, or it is no schema of a record, or its file cannot be read
 */
export function readSchema(
  options: Parsed<typeof avroOptions>,
  who: string,
): AvroSchema | undefined {
  const { schema, schemaFile } = options;
  if (schema !== undefined && schemaFile !== undefined) {
    throw new MillraceError('MR_OPTION', `${who}: give either \`schema\` or \`schema_file\``);
  }
  try {
    const text = schemaFile === undefined ? schema : readFileSync(schemaFile, 'utf8');
    return text === undefined ? undefined : compileAvro(parseJson(text));
  } catch (cause) {
    const from = schemaFile === undefined ? 'schema' : 'schema_file';
    const message = `${who}: \`${from}\` cannot be used: ${toError(cause).message}`;
    throw new MillraceError('MR_OPTION', message, { cause });
  }
}

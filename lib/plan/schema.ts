import { MillraceError } from '../error.ts';
import type { Entry } from '../event/entry.ts';
import { toEntry } from '../plugin/user_code.ts';

/** A schema of any library that keeps to Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype. */
export interface RecordSchema<Out> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly input: unknown; readonly output: Out } | undefined;
  };
}

type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** An entry whose record has been validated, and is what the schema made of it. @throws MR_EVENT with every reason */
export function validated(entry: Entry, schema: RecordSchema<unknown>): Entry {
  const result = schema['~standard'].validate(entry.record);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new MillraceError('MR_EVENT', 'a schema that is asynchronous cannot validate events');
  }
  if (result.issues === undefined) return toEntry({ time: entry.time, record: result.value });
  const reasons = result.issues.map(printIssue).join('; ');
  throw new MillraceError('MR_EVENT', `the record does not fit its schema: ${reasons}`);
}

function printIssue({ message, path = [] }: SchemaIssue): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return steps.length === 0 ? message : `\`${steps.join('.')}\`: ${message}`;
}

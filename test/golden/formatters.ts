import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { Formatter } from '../../lib/plugin/contract.ts';
import { compileInject, type InjectOptions, injectSection } from '../../lib/plugin/inject.ts';
import type { GoldenCase } from './adaptor.ts';
import {
  assertStage,
  contextOf,
  makePlugin,
  readOptions,
  recordOf,
  timeOf,
} from './make_plugin.ts';

type Attributes = { readonly [key: string]: string };

export const keepsFloats = true;

/** Makes the formatter, and formats one event after what `<inject>` writes into it. */
export default async function formatters(golden: GoldenCase): Promise<void> {
  if (golden.error !== undefined) await assertStage(golden, () => prepare(golden.in));
  else assert.deepEqual(describe((await prepare(golden.in))()), golden.out);
}

async function prepare(input: GoldenCase['in']): Promise<() => string | Uint8Array> {
  const context = contextOf(input);
  const attrs = input['config'] as Attributes;
  const formatter: Formatter = await makePlugin(
    'formatter',
    String(attrs['@type']),
    { attrs },
    context,
  );
  const inject = compileInject(await injectOptions(input['inject']), context);
  const tag = String(input['tag']);
  const entry = { time: timeOf(input['time']), record: recordOf(input['record']) };
  return () => formatter(inject(entry, tag), tag);
}

async function injectOptions(attrs: unknown): Promise<InjectOptions | undefined> {
  if (attrs === undefined) return undefined;
  const sections = [{ name: 'inject', attrs: attrs as Attributes }];
  const { inject } = await readOptions({ inject: injectSection }, { sections });
  return inject as InjectOptions | undefined;
}

function describe(made: string | Uint8Array): unknown {
  const bytes = Buffer.from(made);
  return isUtf8(bytes) ? { text: bytes.toString() } : { text_hex: bytes.toString('hex') };
}

import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/** What every snippet may use. */
const preamble = `
import sample from '../../connectors/input/sample.ts';
import stdin from '../../connectors/input/stdin.ts';
import tail from '../../connectors/input/tail.ts';
import file from '../../connectors/output/file.ts';
import forward from '../../connectors/output/forward.ts';
import nothing from '../../connectors/output/null.ts';
import stdout from '../../connectors/output/stdout.ts';
import { Transform } from 'node:stream';
import { pipeline as join } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { decode, encode, EventTime, fromConfig, option, pipeline } from '../../lib/index.ts';
import grep from '../../operators/filter/grep.ts';
import recordTransformer from '../../operators/filter/record_transformer.ts';
import jsonFormat from '../../operators/formatter/json.ts';
import outFile from '../../operators/formatter/out_file.ts';
import avro from '../../operators/formatter/avro.ts';
import ltsv from '../../operators/formatter/ltsv.ts';
import csv from '../../operators/parser/csv.ts';
import json from '../../operators/parser/json.ts';
import none from '../../operators/parser/none.ts';
import regexp from '../../operators/parser/regexp.ts';
import batch from '../../operators/transform/batch.ts';
import dedupe from '../../operators/transform/dedupe.ts';
import flowcounter from '../../operators/transform/flowcounter.ts';
import highland from '../../operators/transform/highland.ts';
import share from '../../operators/transform/sample.ts';
import throttle from '../../operators/transform/throttle.ts';
import window from '../../operators/transform/window.ts';
declare const bytes: Readable, sink: Writable;
export const used = [avro, batch, bytes, csv, decode, dedupe, encode, flowcounter, fromConfig, join, ltsv,
  share, sink, throttle, window, Writable, sample, stdin, tail, file, forward, nothing, stdout, EventTime, option,
  grep, highland, pipeline, Transform, recordTransformer, jsonFormat, outFile, json, none, regexp];
`;

/** Compiles snippets, each as a file of its own beside the tests; gives the errors of each, one text an error. */
export function compileSnippets(snippets: readonly string[]): string[][] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const texts = new Map(
    snippets.map((snippet, index) => [
      join(import.meta.dirname, `snippet_${index}.ts`),
      `${preamble}${snippet}\n`,
    ]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, languageVersion)
      : ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].map((path) => {
    const source = program.getSourceFile(path);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map(wholeText);
  });
}

/** What a person sees of a fault: the message, what is said beside it, and the name that is underlined. */
function wholeText({
  messageText,
  relatedInformation = [],
  file,
  start,
  length,
}: ts.Diagnostic): string {
  const texts = [messageText, ...relatedInformation.map((each) => each.messageText)];
  const underlined = file?.text.slice(start, (start ?? 0) + (length ?? 0)) ?? '';
  const whole = texts.map((text) => ts.flattenDiagnosticMessageText(text, '\n'));
  // Only a name by itself points at something: a whole expression has many.
  if (/^\w+$/.test(underlined)) whole.push(underlined);
  return whole.join('\n');
}

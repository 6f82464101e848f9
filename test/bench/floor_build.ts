import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const sources = join(import.meta.dirname, 'floor');

/** Compiles the floor programs into a folder, for a floor must not pay for a loader; returns where they are. */
export function buildFloors(folder: string): string {
  const target = join(folder, 'floor');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ES2022,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(sources)) {
    const text = readFileSync(join(sources, name), 'utf8');
    const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: name });
    writeFileSync(join(target, name.replace(/ts$/, 'js')), outputText);
  }
  return target;
}

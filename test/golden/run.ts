import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Adaptor, AdaptorModule, GoldenCase } from './adaptor.ts';
import { parseGolden } from './golden_json.ts';

const folder = process.env['GOLDEN_DIR'] ?? import.meta.dirname;
const isVerbose = process.argv.includes('--verbose');
const only = process.argv.slice(2).filter((word) => !word.startsWith('-'));

let failures = 0;
console.log('suite passed failed quirk');
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.jsonl')) continue;
  const suite = file.slice(0, -'.jsonl'.length);
  if (only.length > 0 && !only.includes(suite)) continue;
  failures += await runSuite(suite, join(folder, file));
}
process.exitCode = failures > 0 ? 1 : 0;

/** Prints the suite's counts and each failure; gives the number of failures that are no quirks. */
async function runSuite(suite: string, path: string): Promise<number> {
  const adaptorPath = join(import.meta.dirname, `${suite}.ts`);
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  if (!existsSync(adaptorPath)) {
    console.log(`${suite} 0 ${lines.length} 0 (no adaptor)`);
    return lines.length;
  }
  const { default: adaptor, keepsFloats } = (await import(adaptorPath)) as AdaptorModule;
  const cases = lines.map((line) => parseGolden(line, keepsFloats) as GoldenCase);
  let passed = 0;
  let quirks = 0;
  const failed: string[] = [];
  for (const golden of cases) {
    const complaint = await judge(adaptor, golden);
    if (complaint === undefined) passed += 1;
    else if (golden.quirk === true) {
      quirks += 1;
      if (isVerbose) console.log(`  quirk ${golden.id} ${golden.what}: ${complaint}`);
    } else failed.push(`  FAILED ${golden.id} ${golden.what}: ${complaint}`);
  }
  console.log(`${suite} ${passed} ${failed.length} ${quirks}`);
  for (const line of failed) console.log(line);
  return failed.length;
}

async function judge(adaptor: Adaptor, golden: GoldenCase): Promise<string | undefined> {
  try {
    await adaptor(golden);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

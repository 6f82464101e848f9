import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Program, startProgram } from '../e2e/program.ts';

const examples = join(import.meta.dirname, '../../examples');

/** An example that runs. */
export interface RunningExample extends Program {
  /** What is wrong when it does not end well. */
  stopCleanly(): Promise<void>;
}

/** A folder of this test's own. */
export function ownFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-example-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs an example until the test ends. */
export function runExample(
  t: TestContext,
  name: string,
  environment: Readonly<Record<string, string>>,
): RunningExample {
  const words = ['run', '-c', join(examples, `${name}.conf`), '--strict', '--hints'];
  const program = startProgram(words, environment);
  let isOver = false;
  program.ended.then(() => {
    isOver = true;
  });
  t.after(async () => {
    if (!isOver) await program.kill();
  });
  return {
    ...program,
    async stopCleanly() {
      const code = await program.stop();
      if (code !== 0) throw new Error(`${name} stopped with ${code}:\n${program.output()}`);
    },
  };
}

/** The records in the JSON lines of every file of a folder, or of those whose name starts with `prefix`. */
export function recordsIn(folder: string, prefix = ''): Readonly<Record<string, unknown>>[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.startsWith(prefix))
    .flatMap((entry) => readFileSync(join(folder, entry.name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

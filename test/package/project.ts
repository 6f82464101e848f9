import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeSnippets } from '../snippets.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What this package says of itself. */
export const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** This package as npm would publish it. */
export interface Tarball {
  readonly path: string;
  readonly files: readonly string[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** A project of somebody who uses Millrace, installed and compiled. */
export interface UserProject {
  readonly folder: string;
  /** What the compiler finds wrong. */
  readonly faults: string;
}

/** The environment without what this test's own runner and `npm run` say to their children. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(NODE_|npm_(package|lifecycle|config_local_prefix))/.test(name),
  ),
);

/** A folder that is new and empty. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'millrace-package-'));
}

/** Builds and packs this package. */
export async function pack(folder: string): Promise<Tarball> {
  await run('npm', ['run', 'build'], { cwd: root });
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', words, { cwd: root, maxBuffer: 2 ** 24 });
  const [{ filename, files, size, unpackedSize }] = JSON.parse(stdout);
  return {
    path: join(folder, filename),
    files: files.map(({ path }: { readonly path: string }) => path),
    size,
    unpackedSize,
  };
}

/** Makes the project of `project/`, with the snippets of the README, which depends on the tarball alone. */
export async function makeProject(parent: string, tarball: Tarball): Promise<UserProject> {
  const folder = join(parent, 'project');
  cpSync(join(import.meta.dirname, 'project'), folder, { recursive: true });
  writeSnippets(join(folder, 'src/readme'));
  const tools = ['@types/node', 'fast-check', 'typescript'];
  const description = {
    name: 'project',
    private: true,
    type: 'module',
    dependencies: { millrace: `file:${tarball.path}` },
    devDependencies: Object.fromEntries(tools.map((name) => [name, own.devDependencies[name]])),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  const how = { cwd: folder, env: environment };
  await run('npm', ['install', '--engine-strict', '--no-audit', '--no-fund'], how);
  const compiler = join(folder, 'node_modules/typescript/bin/tsc');
  const compiled = await run(process.execPath, [compiler], how).catch((failed) => failed);
  return { folder, faults: compiled.stdout };
}

/** The executable of a Node of this major version: this one, or npm's package of it. */
export async function findNode(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const words = ['-y', '-p', `node@${major}`, 'node', '-p', 'process.execPath'];
  const { stdout } = await run('npx', words, { cwd: tmpdir(), env: environment });
  return stdout.trim();
}

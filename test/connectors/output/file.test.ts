import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import file from '../../../connectors/output/file.ts';
import { MillraceError } from '../../../lib/error.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { fileOutput, plain, writeChunk } from './file_case.ts';

let lawfulFolder = '';
outputLaws(
  file,
  () => {
    lawfulFolder = mkdtempSync(join(tmpdir(), 'out-file-'));
    return { path: join(lawfulFolder, 'out') };
  },
  {
    test,
    arrived: () => readdirSync(lawfulFolder).length,
    unreachable: { path: '/dev/null/out' },
    cleanUp: () => rmSync(lawfulFolder, { recursive: true, force: true }),
  },
);

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'out-file-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Names and contents of the files in a folder, unpacked. */
function filesIn(folder: string): { readonly [name: string]: string } {
  const files = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ name }) => {
      const bytes = readFileSync(join(folder, name));
      return [name, (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()];
    }),
  );
}

test('formats entries as `<format>` and `<inject>` say', () => {
  const output = fileOutput({ path: '/unused' });
  const entry = { time: new EventTime(0, 0), record: { message: 'hello' } };
  assert.equal(output.format?.(entry, 'a.b'), 'a.b hello\n');
  const injecting = fileOutput({ path: '/unused', inject: { tagKey: 'message' } });
  assert.equal(injecting.format?.(entry, 'a.b'), 'a.b a.b\n');
});

test('each chunk gets a file with an index, unless chunks are appended', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'out');
  const single = fileOutput({ path });
  await writeChunk(single, '1', ['one\n']);
  await writeChunk(single, '2', ['two\n']);
  const appending = fileOutput({ path, append: true });
  await writeChunk(appending, '3', ['three\n']);
  await writeChunk(appending, '4', ['four\n']);
  assert.deepEqual(filesIn(folder), {
    'out.log': 'three\nfour\n',
    'out_0.log': 'one\n',
    'out_1.log': 'two\n',
  });
});

test('the path is filled in by the chunk, piece by piece, so that no value can forge the index', async (context) => {
  const folder = temporaryFolder(context);
  const output = fileOutput({ path: join(folder, '${tag}'), pathSuffix: '.txt' }, undefined, {
    chunking: { keys: ['tag', 'time'], timekeyMs: 3_600_000 },
  });
  const expand = (template: string): string =>
    template.replace('${tag}', 'a_**').replace('%Y%m%d%H', '2024030503');
  await writeChunk(output, '1', ['one\n'], { expand });
  assert.deepEqual(filesIn(folder), { 'a_**.2024030503_0.txt': 'one\n' });
});

test('a path that does not fit the time slices is refused at once', () => {
  const chunking = { keys: ['time'], timekeyMs: 86_400_000 };
  assert.throws(
    () => fileOutput({ path: '/log/%Y%m/out' }, undefined, { chunking }),
    (error) => error instanceof MillraceError && error.code === 'MR_OPTION',
  );
});

test('the template that `check` looks at is the path with all that is added', () => {
  const call = file({ format: plain({}), path: '/log/${tag}', compress: 'gzip' });
  const chunking = { keys: ['tag', 'time'], timekeyMs: 3_600_000 };
  assert.deepEqual(call.plugin.templates?.(call.options, chunking), [
    '/log/${tag}.%Y%m%d%H.log.gz',
  ]);
});

test('compressed chunks are members of one file when appended, files when not', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'out');
  for (const given of [
    { path, compress: 'gzip' },
    { path, compress: 'gz', append: true },
  ] as const) {
    const output = fileOutput(given);
    await writeChunk(output, '1', ['one\n', 'more\n']);
    await writeChunk(output, '2', ['two\n']);
  }
  assert.deepEqual(filesIn(folder), {
    'out.log.gz': 'one\nmore\ntwo\n',
    'out_0.log.gz': 'one\nmore\n',
    'out_1.log.gz': 'two\n',
  });
});

test('files and folders get the permissions asked for', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'new', 'out');
  const output = fileOutput({ path, append: true, filePermission: '0600', dirPermission: '700' });
  await writeChunk(output, '1', ['one\n']);
  assert.equal(statSync(`${path}.log`).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o700);
  assert.throws(
    () => fileOutput({ path, filePermission: 'rw-r--r--' }),
    /permissions such as 0644/,
  );
  assert.equal(file.options.filePermission.defaultText, '0644');
});

test('the symbolic link points to the newest file, and never back to an older time slice', async (context) => {
  const folder = temporaryFolder(context);
  const symlinkPath = join(folder, 'links', 'current');
  const output = fileOutput({ path: join(folder, 'out'), symlinkPath });
  const at = (timekey: number) => ({ key: { timekey } });
  await writeChunk(output, '1', ['one\n'], at(100));
  await writeChunk(output, '2', ['two\n'], at(200));
  await writeChunk(output, '3', ['late\n'], at(100));
  assert.equal(readlinkSync(symlinkPath), join(folder, 'out_1.log'));
  const relative = fileOutput({
    path: join(folder, 'out'),
    symlinkPath,
    symlinkPathUseRelative: true,
  });
  await writeChunk(relative, '4', ['four\n']);
  assert.equal(readlinkSync(symlinkPath), join('..', 'out_3.log'));
  assert.deepEqual(readdirSync(join(folder, 'links')), ['current']);
});

test('a link that cannot be made does not fail the write', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'taken'), '');
  const symlinkPath = join(folder, 'taken', 'current');
  const output = fileOutput({ path: join(folder, 'out'), symlinkPath });
  await writeChunk(output, '1', ['one\n']);
  assert.equal(filesIn(folder)['out_0.log'], 'one\n');
});

for (const given of [
  { append: true },
  { append: false },
  { append: true, compress: 'gzip' },
  { append: true, isBoxed: true },
  { append: false, isBoxed: true },
  { append: true, compress: 'gzip', isBoxed: true },
] as const) {
  const how = JSON.stringify(given);
  const chunks = ['before\n', 'one\ntwo\n', 'after\n'];
  const parts = 'isBoxed' in given ? chunks.map((chunk) => `[${chunk}]\n`) : chunks;
  const head = 'isBoxed' in given ? 'HEAD\n' : '';
  const expected = given.append ? head + parts.join('') : parts.map((part) => head + part).join('');

  test(`a chunk is written once, wherever the process is killed: ${how}`, async (context) => {
    const points = ['begun', 'partly written', 'written', 'delivered'];
    await Promise.all(
      points.map(async (point) => {
        const folder = temporaryFolder(context);
        const options = { path: join(folder, 'out'), ...given };
        const stateFolder = join(folder, 'state');
        await killAt(point, options, stateFolder);

        const output = fileOutput(options, stateFolder);
        await output.open?.(new AbortController().signal);
        await writeChunk(output, 'killed', ['one\n', 'two\n']);
        await writeChunk(output, 'after', ['after\n']);
        await output.close?.();
        const contents = Object.values(filesIn(folder)).join('');
        assert.equal(contents, expected, point);
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.startsWith('.')),
          [],
        );
      }),
    );
  });
}

/** Runs a process that writes the chunks `before` and `killed`, and kills it at the point. */
async function killAt(point: string, options: object, stateFolder: string): Promise<void> {
  const script = join(import.meta.dirname, 'file_child.ts');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, JSON.stringify(options), stateFolder, point],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exited]);
  child.kill('SIGKILL');
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', `the child ended before the point "${point}"`);
}

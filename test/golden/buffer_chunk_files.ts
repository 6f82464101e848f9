import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ChunkKeys } from '../../lib/buffer/chunk_key.ts';
import { findFluentdChunks } from '../../lib/buffer/fluentd/find_chunks.ts';
import type { ImportedChunk } from '../../lib/buffer/fluentd/import_chunk.ts';
import { importChunks } from '../../lib/buffer/fluentd/import_chunks.ts';
import { ImportTarget } from '../../lib/buffer/fluentd/import_target.ts';
import { FileStore } from '../../lib/buffer/store/file_store.ts';
import { realFiles } from '../../lib/buffer/store/file_system.ts';
import { systemClock } from '../../lib/clock.ts';
import { entriesBatch } from '../../lib/codec/batch.ts';
import { decodeEntries } from '../../lib/codec/entry_codec.ts';
import { type EventRecord, RawString } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { silentLog } from '../../lib/log.ts';
import { MetricRegistry } from '../../lib/metric/metric.ts';
import type { GoldenCase } from './adaptor.ts';
import { type GoldenBuffer, planOfCase } from './buffer_case.ts';

interface GoldenFile {
  readonly name: string;
  readonly hex: string;
}

interface WriteCase {
  readonly buffer: GoldenBuffer;
  readonly format: string;
  readonly emits: readonly {
    readonly tag: string;
    readonly events: readonly {
      readonly time: readonly [number, number];
      readonly record: EventRecord;
    }[];
  }[];
}

interface Written {
  readonly staged_files: readonly GoldenFile[];
  readonly queued_files: readonly GoldenFile[];
}

interface Resumed {
  readonly stage: readonly ResumedChunk[];
  readonly queue: readonly ResumedChunk[];
  readonly files_after: readonly string[];
}

interface ResumedChunk {
  readonly id_hex: string;
  readonly timekey: number | null;
  readonly tag: string | null;
  readonly variables: unknown;
  readonly records: number;
  readonly bytes: number;
  readonly file: string;
}

/** The tag of chunks that have lost theirs. */
const givenTag = 'given';

/** Imports what Fluentd wrote, or found and resumed: the same events with the same keys must come out. */
export default async function bufferChunkFiles(golden: GoldenCase): Promise<void> {
  // Fluentd failed: Millrace sorts values of different types into chunks.
  if (golden.error !== undefined) throw new Error('there are no files that could be imported');
  if (golden.in['kind'] === 'write') await judgeWritten(golden);
  else await judgeResumed(golden);
}

async function judgeWritten(golden: GoldenCase): Promise<void> {
  // The forms of a suite are given by its README; there is nothing to check them by.
  const input = golden.in as unknown as WriteCase;
  const { queued_files, staged_files } = golden.out as Written;
  const wanted = input.format.startsWith('custom') ? formatted(input) : grouped(input);
  for (const files of [staged_files, queued_files]) {
    const { chunks } = await importFiles(files);
    assert.deepEqual(chunks, wanted);
  }
}

async function judgeResumed(golden: GoldenCase): Promise<void> {
  const { stage, queue, files_after } = golden.out as Resumed;
  const { told, filesAfter } = await importFiles(golden.in['files'] as GoldenFile[]);
  const taken = told.filter(({ fate }) => fate === 'imported');
  // What Fluentd delivers first is imported first.
  assert.deepEqual(
    taken.map(({ bytes, fluentdId, key, state }) => ({
      state,
      id_hex: fluentdId,
      timekey: key.timekey ?? null,
      tag: key.tag === givenTag ? null : (key.tag ?? null),
      variables: key.variables.size > 0 ? Object.fromEntries(key.variables) : null,
      bytes,
    })),
    [...queue.map(shown('queued')), ...stage.map(shown('staged'))],
  );
  for (const { records } of [...queue, ...stage]) assert(records === 0 || records === 1);
  for (const { count } of taken) assert.equal(count, 1);
  // What was imported is deleted here; what Fluentd does not keep must be gone too, and nothing else.
  const isTaken = (name: string): boolean =>
    [...queue, ...stage].some(({ file }) => name === file || name === `${file}.meta`);
  assert.deepEqual(
    filesAfter,
    files_after.filter((name) => !isTaken(name)),
  );
}

function shown(state: string) {
  return ({ bytes, id_hex, tag, timekey, variables }: ResumedChunk) => ({
    state,
    ...{ id_hex, timekey, tag, variables, bytes },
  });
}

interface Imported {
  readonly chunks: readonly unknown[];
  readonly told: readonly ImportedChunk[];
  readonly filesAfter: readonly string[];
}

/** Imports files, deleting them, and reads what is in the buffer then. */
async function importFiles(given: readonly GoldenFile[]): Promise<Imported> {
  const base = mkdtempSync(join(tmpdir(), 'golden-'));
  try {
    const from = join(base, 'fluentd');
    mkdirSync(from);
    for (const { hex, name } of given) {
      mkdirSync(dirname(join(from, name)), { recursive: true });
      writeFileSync(join(from, name), Buffer.from(hex, 'hex'));
    }
    const folder = join(base, 'millrace');
    const told: ImportedChunk[] = [];
    const target = await ImportTarget.open({ ...usual, folder });
    await importChunks({
      source: findFluentdChunks(from),
      target,
      wish: { tag: givenTag, kind: undefined, field: undefined },
      deletes: true,
      files: realFiles,
      onChunk: (done) => void told.push(done),
    });
    await target.close();
    return { told, chunks: await chunksIn(folder), filesAfter: readdirSync(from).sort() };
  } finally {
    rmSync(base, { recursive: true });
  }
}

const usual = { files: realFiles, clock: systemClock, log: silentLog, random: Math.random };

/** Opens the buffer as an output would. */
async function chunksIn(folder: string): Promise<unknown[]> {
  const { store, found } = await FileStore.open({
    ...usual,
    folder,
    durability: 'fsync',
    filePermission: 0o644,
    folderPermission: 0o755,
    outputId: 'out',
    metrics: new MetricRegistry(),
    listener: { onSnapshot() {}, onOrigin() {}, onCutBack() {} },
  });
  assert.equal(found.staged.length, 0);
  const chunks: unknown[] = [];
  for (const stored of found.queued) {
    const head = await store.prepare(stored);
    assert(head !== undefined);
    const pieces: Uint8Array[] = [];
    for await (const { bytes } of store.pieces(stored)) pieces.push(bytes);
    const bytes = Buffer.concat(pieces);
    const { timekey, tag, variables } = head.key;
    const content = head.isFormatted ? bytes.toString() : decodeEntries(bytes);
    const key = { timekey, tag: tag === givenTag ? undefined : tag, variables };
    chunks.push({ createdMs: head.createdMs, key, count: stored.count, content });
  }
  await store.close();
  return chunks;
}

/** The events in chunks, as the buffer's keys say. */
function grouped({ buffer, emits }: WriteCase): unknown[] {
  const keys = new ChunkKeys(planOfCase(buffer), 'UTC');
  return emits.flatMap(({ events, tag }) => {
    const entries = events.map(({ record, time }) => ({
      time: new EventTime(...time),
      record: readable(record),
    }));
    if (entries.length === 0) return [];
    return keys.group(entriesBatch(tag, entries)).map((group) => {
      const content = group.entries ?? entries;
      const { timekey, tag: ownTag, variables } = group.key;
      const key = { timekey, tag: ownTag, variables };
      return { createdMs: 1_700_000_000_000, key, count: content.length, content };
    });
  });
}

/** What the suite's formatter makes: tag, seconds and names of the fields. */
function formatted({ buffer, emits }: WriteCase): unknown[] {
  const usesTag = buffer.arg === 'tag';
  const lines = new Map<string, string[]>();
  for (const { events, tag } of emits) {
    const own = lines.get(usesTag ? tag : '') ?? [];
    lines.set(usesTag ? tag : '', own);
    for (const { record, time } of events) {
      own.push(`${tag}|${time[0]}|${Object.keys(record).join(',')}\n`);
    }
  }
  return Array.from(lines, ([tag, own]) => {
    const key = { timekey: undefined, tag: usesTag ? tag : undefined, variables: new Map() };
    return { createdMs: 1_700_000_000_000, key, count: own.length, content: own.join('') };
  });
}

function readable(record: EventRecord): EventRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const isBytes = typeof value === 'object' && value !== null && '$bytes_hex' in value;
      return [
        name,
        isBytes
          ? new RawString(new Uint8Array(Buffer.from(String(value['$bytes_hex']), 'hex')))
          : value,
      ];
    }),
  );
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { TestClient } from '../connectors/input/forward_harness.ts';
import { ownFolder } from '../examples/running.ts';
import { freePort, isListening, startProgram } from './program.ts';
import { until } from './waiting.ts';

const mebibyte = 1024 * 1024;
const seconds = 8;
/** A process that is idle takes about 100; 64 are allowed to frames; the rest is what is read and thrown away. */
const mostMebibytes = 450;

function configOf(folder: string, port: number): string {
  return `
<source>
  @type forward
  bind 127.0.0.1
  port ${port}
  memory_limit 64m
  decompression_size_limit 16m
  frame_timeout 2s
</source>
<match **>
  @type file
  path ${join(folder, 'out')}
  <buffer>
    @type file
    path ${join(folder, 'buffer')}
  </buffer>
</match>
`;
}

function zipped(contents: Buffer): Buffer {
  return Buffer.from(encode(['a', gzipSync(contents), { compressed: 'gzip' }]));
}

const largeHalf = Buffer.from(encode(['a', 5, { text: 'x'.repeat(2 * mebibyte) }])).subarray(0, -1);
const attacks: readonly Buffer[] = [
  largeHalf,
  zipped(Buffer.alloc(100 * mebibyte)),
  zipped(Buffer.alloc(15 * mebibyte)),
  Buffer.concat([Buffer.from('92a161ddffffffff', 'hex'), Buffer.alloc(4 * mebibyte, 0x80)]),
  Buffer.alloc(100_000, 0x91),
  Buffer.from('93a16105dbffffffff', 'hex'),
  Buffer.from(`[${'{},'.repeat(mebibyte)}1]`),
  Buffer.from(`["${'x'.repeat(2 * mebibyte)}`),
  randomBytes(mebibyte),
];

/** Connects again and again and sends what is hostile, without waiting for an end of it. */
async function attack(port: number, bytes: Buffer, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    await new Promise<void>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.setTimeout(1000, () => socket.destroy());
      socket.resume();
      socket.write(bytes);
    });
  }
}

function peakMebibytes(pid: number): number {
  const [, kibibytes = '0'] =
    /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

test('under attack memory stays bounded, and an honest client is served all the while', {
  skip: process.platform === 'linux' ? false : 'reads /proc',
}, async (t) => {
  const folder = ownFolder(t);
  const port = await freePort();
  const path = join(folder, 'hostile.conf');
  writeFileSync(path, configOf(folder, port));
  const program = startProgram(['run', '-c', path]);
  t.after(() => program.kill());
  await until('it does not listen', 60_000, () => isListening(port));
  const idle = Array.from({ length: 1000 }, (_, index) => {
    const client = new TestClient(port);
    if (index % 2 === 0) client.send(largeHalf.subarray(0, 20));
    return client;
  });
  const honest = new TestClient(port);
  honest.send(['honest', 1_700_000_000, { n: 0 }, { chunk: 'chunk 0' }]);
  await honest.answered(1);
  const untilMs = performance.now() + seconds * 1000;
  const attacking = attacks.flatMap((bytes) => [1, 2, 3].map(() => attack(port, bytes, untilMs)));
  let acked = 1;
  let slowestMs = 0;
  while (performance.now() < untilMs) {
    const sentMs = performance.now();
    honest.send(['honest', 1_700_000_000, { n: acked }, { chunk: `chunk ${acked}` }]);
    acked += 1;
    await honest.answered(acked);
    slowestMs = Math.max(slowestMs, performance.now() - sentMs);
  }
  await Promise.all(attacking);
  const peak = peakMebibytes(program.pid);
  t.diagnostic(
    `${acked} acks, the slowest after ${Math.round(slowestMs)} ms; ${Math.round(peak)} MiB`,
  );
  for (const { socket } of idle) socket.destroy();
  honest.socket.destroy();
  assert.equal(await program.stop(), 0, program.output());
  assert.deepEqual(honest.answers.at(-1), { ack: `chunk ${acked - 1}` });
  assert(peak < mostMebibytes, `it took ${Math.round(peak)} MiB`);
});

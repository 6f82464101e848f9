import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseFileName } from '../../buffer/store/file_chunk.ts';
import { realFiles } from '../../buffer/store/file_system.ts';
import { type ReplayReport, replayChunks } from '../../buffer/transfer/replay.ts';
import { systemClock } from '../../clock.ts';
import type { Credentials } from '../../codec/forward_handshake.ts';
import { Addresses, systemLookup } from '../../net/addresses.ts';
import type { Packing } from '../../net/forward_consignment.ts';
import { ForwardPeer } from '../../net/forward_peer.ts';
import { Shipment } from '../../net/forward_shipment.ts';
import { counted, shownText } from '../figures.ts';
import { exitCodes, type Terminal } from '../terminal.ts';
import { withBar } from './bar.ts';
import { leftText } from './left_text.ts';
import { describeRefusal } from './locate.ts';
import { isQuarantine, writableFolders } from './writable_folders.ts';

export interface ReplayOptions {
  readonly to: { readonly host: string; readonly port: number };
  readonly tag?: string;
  readonly delete?: boolean;
  readonly sharedKey?: string;
  readonly username: string;
  readonly password: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

const packing: Packing = {
  timeAsInteger: false,
  compression: 'text',
  requiresAck: true,
  sender: undefined,
};

/**
 * `millrace buffer replay`: fails when a chunk was not sent, or not all of it.
 * @throws MR_BUFFER when a process uses a folder or it cannot be read
 */
export async function replay(
  paths: readonly string[],
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const { json: isJson = false, tag, delete: deletes = false } = options;
  const sources = paths.flatMap((path) => sourcesAt(path, terminal));
  const peer = peerOf(options);
  const { signal } = new AbortController();
  let report: ReplayReport;
  try {
    report = await withBar(terminal, 'sending', isJson, (steps) =>
      replayChunks({
        ...{ files: realFiles, sources, tag, deletes, ...steps },
        async send(chunk) {
          const reached = await peer.reach();
          try {
            await new Shipment(chunk, packing, new Set()).sendBy(reached, signal);
          } finally {
            reached.release();
          }
        },
      }),
    );
  } catch (error) {
    throw describeRefusal(sources.map((source) => `\`${source}\``).join(', '), error);
  } finally {
    peer.close();
  }
  const { fault, left, replayed } = report;
  terminal.out.write(
    isJson
      ? `${JSON.stringify({ replayed, left, fault: fault?.message ?? null })}\n`
      : reportText(report),
  );
  if (fault !== undefined) throw fault;
  return left.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function sourcesAt(path: string, terminal: Terminal): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  if (!isQuarantine(path)) return writableFolders(path, terminal);
  const names = readdirSync(path).filter((name) => parseFileName(name) !== undefined);
  return names.sort().map((name) => join(path, name));
}

function peerOf({ to, timeout, sharedKey, username, password }: ReplayOptions): ForwardPeer {
  const timeoutMs = timeout * 1000;
  const credentials: Credentials | undefined =
    sharedKey === undefined
      ? undefined
      : // A server refuses a client that calls itself as it does, and both may run on one host.
        { hostname: `${hostname()}-replay`, sharedKey, username, password };
  return new ForwardPeer({
    link: {
      target: { ...to, timeoutMs },
      tls: undefined,
      credentials,
      handshakeTimeoutMs: timeoutMs,
      sendTimeoutMs: timeoutMs,
      ackTimeoutMs: timeoutMs,
      clock: systemClock,
      randomSalt: () => randomBytes(16).toString('hex'),
    },
    addresses: new Addresses({
      host: to.host,
      expireMs: undefined,
      isRoundRobin: false,
      lookup: systemLookup,
      clock: systemClock,
      random: Math.random,
    }),
    keepsConnection: true,
    idleTimeoutMs: undefined,
    onConnected: () => {},
  });
}

function reportText({ replayed, left }: ReplayReport): string {
  const lines = replayed.map(
    ({ path, tag, count, isDeleted }) =>
      `sent: ${shownText(path)} ${shownText(tag)} ${counted(count, 'event')}${isDeleted ? ', deleted' : ''}\n`,
  );
  const events = replayed.reduce((sum, { count }) => sum + count, 0);
  const total = `${counted(replayed.length, 'chunk')} with ${counted(events, 'event')} sent, ${left.length} left`;
  return `${lines.join('')}${leftText(left)}${total}\n`;
}

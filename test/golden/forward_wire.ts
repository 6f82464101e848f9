import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { encodePing, faultInPong } from '../../lib/codec/forward_handshake.ts';
import { MsgpackWriter } from '../../lib/codec/msgpack_writer.ts';
import type { EventBatch } from '../../lib/event/batch.ts';
import { type EventValue, Extension, RawString } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { silentLog } from '../../lib/log.ts';
import { MetricRegistry } from '../../lib/metric/metric.ts';
import { ConnectionMemory } from '../../lib/net/connection_memory.ts';
import { ConnectionRoster } from '../../lib/net/connection_roster.ts';
import { serveForward } from '../../lib/net/forward_connection.ts';
import { ForwardGate } from '../../lib/net/forward_gate.ts';
import { ForwardRefusals } from '../../lib/net/forward_refusals.ts';
import type { ForwardSettings } from '../../lib/net/forward_settings.ts';
import { rulesFor } from '../../lib/net/forward_source.ts';
import { Refusals } from '../../lib/net/refusals.ts';
import { listenTcp } from '../../lib/net/tcp_server.ts';
import { TestClock } from '../../lib/testing/test_clock.ts';
import type { GoldenCase } from './adaptor.ts';

/** Fluentd 1.18, which made the cases, lets float times through unless told otherwise; later ones do not. */
const skipsInvalidByDefault = 'false';

interface Texts {
  readonly [key: string]: string | undefined;
}

interface Wire {
  readonly config: Texts;
  readonly security?: {
    readonly attrs: Texts;
    readonly users?: readonly { readonly username: string; readonly password: string }[];
    readonly clients?: readonly Texts[];
  };
  readonly nonce_hex?: string;
  readonly auth_salt_hex?: string;
  readonly segments_hex: readonly string[];
  readonly now: readonly [number, number];
}

/** A receiver on a real socket gets the segments; its events, its answers and its closing must be Fluentd's. */
export default async function forwardWire(golden: GoldenCase): Promise<void> {
  // The forms of a suite are given by its README; there is nothing to check them by.
  if ('kind' in golden.in) judgeClient(golden);
  else assert.deepEqual(await receive(golden.in as unknown as Wire), golden.out);
}

async function receive(wire: Wire): Promise<unknown> {
  const batches: EventBatch[] = [];
  const settings = await settingsFor(wire, async (batch) => {
    batches.push(batch);
    batch.delivery.ack();
  });
  const accepted: { socket: net.Socket; serving: Promise<void> }[] = [];
  const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (socket) => {
    const serving = serveForward(socket, settings, new AbortController().signal);
    accepted.push({ socket, serving });
  });
  const client = net.connect({ port: listener.port, host: '127.0.0.1' });
  const reply: Buffer[] = [];
  client.on('data', (chunk) => reply.push(chunk));
  client.on('error', () => {});
  await once(client, 'connect');
  while (accepted.length === 0) await turns(1);
  const [server] = accepted;
  assert.ok(server);
  let sent = 0;
  for (const segment of wire.segments_hex) {
    const bytes = Buffer.from(segment, 'hex');
    if (bytes.length > 0 && !server.socket.writableEnded) client.write(bytes);
    sent += bytes.length;
    while (server.socket.bytesRead < sent && !server.socket.writableEnded) await turns(1);
    await turns(10);
  }
  const closed = server.socket.writableEnded;
  client.end();
  await server.serving;
  if (!client.destroyed) await once(client, 'close');
  listener.stopAccepting();
  const events = batches.flatMap((batch) =>
    batch.entries().map(({ time, record }) => ({
      tag: batch.tag,
      time: [time.sec, time.nsec],
      record: goldenValue(record),
    })),
  );
  return { events, reply_hex: Buffer.concat(reply).toString('hex'), closed };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function settingsFor(
  wire: Wire,
  emit: (batch: EventBatch) => Promise<void>,
): Promise<ForwardSettings> {
  const { config, now } = wire;
  const clock = new TestClock({ sec: now[0], nsec: now[1] });
  const memory = new ConnectionMemory(1024 * 1024 * 1024, clock);
  const source = {
    tag: config['tag'],
    tagPrefix: config['add_tag_prefix'],
    addressKey: config['source_address_key'],
    hostnameKey: config['source_hostname_key'],
    identityKey: undefined,
    skipsInvalid: (config['skip_invalid_event'] ?? skipsInvalidByDefault) === 'true',
    decodedLimitBytes: memory.limitBytes,
  };
  return {
    rules: (address, speaksJson) => rulesFor(source, clock, address, speaksJson),
    limits: {
      frameBytes: sizeOf(config['chunk_size_limit']),
      frameWarnBytes: sizeOf(config['chunk_size_warn_limit']),
      decompressedBytes: 256 * 1024 * 1024,
      memoryBytes: memory.limitBytes,
    },
    patience: { idleMs: undefined, frameMs: 60_000 },
    deniesKeepalive: config['deny_keepalive'] === 'true',
    vet: (options) => options,
    skipsRepeated: false,
    gate: await gateFor(wire),
    handshakeTimeoutMs: 60_000,
    nameless: '',
    refusals: new Refusals('golden', new MetricRegistry(), () => {}),
    frameRefusals: new ForwardRefusals('golden', new MetricRegistry(), () => {}),
    memory,
    roster: new ConnectionRoster(10, clock),
    stopGraceMs: 0,
    clock,
    log: silentLog,
    emit,
    onStored: () => {},
  };
}

async function gateFor(wire: Wire): Promise<ForwardGate | undefined> {
  const { security } = wire;
  if (security === undefined) return undefined;
  const { attrs, users = [], clients = [] } = security;
  const draws = [wire.nonce_hex, wire.auth_salt_hex];
  return ForwardGate.create(
    {
      selfHostname: attrs['self_hostname'] ?? '',
      sharedKey: attrs['shared_key'] ?? '',
      userAuth: attrs['user_auth'] === 'true',
      allowAnonymousSource: attrs['allow_anonymous_source'] !== 'false',
      users,
      clients: clients.map((client) => ({
        host: client['host'],
        network: client['network'],
        sharedKey: client['shared_key'],
        users: client['users']?.split(',') ?? [],
      })),
    },
    () => Buffer.from(draws.shift() ?? '', 'hex'),
  );
}

function sizeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** The client's side of the handshake: what it sends, or whether it trusts the server. */
function judgeClient(golden: GoldenCase): void {
  const given = golden.in;
  const text = (key: string): string => String(given[key] ?? '');
  const helo = {
    nonce: Buffer.from(text('nonce_hex'), 'hex'),
    auth: Buffer.from(text('auth_salt_hex'), 'hex'),
    keepsAlive: true,
  };
  const credentials = {
    hostname: text('hostname'),
    sharedKey: text('shared_key'),
    username: text('username'),
    password: text('password'),
  };
  const out = golden.out as { readonly [key: string]: unknown };
  if (given['kind'] === 'client_ping') {
    const ping = Buffer.from(encodePing(helo, text('salt'), credentials));
    assert.equal(ping.toString('hex'), out['ping_hex']);
    return;
  }
  const writer = new MsgpackWriter();
  // The suite gives a PONG as JSON.
  writer.value(given['pong'] as EventValue);
  const fault = faultInPong(writer.take(), helo, text('salt'), credentials);
  assert.equal(fault === undefined, out['accepted'], fault);
}

/** A value in the notation of the suites. */
function goldenValue(value: EventValue): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { $float: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(goldenValue);
  if (value instanceof RawString) return { $bytes_hex: Buffer.from(value.bytes).toString('hex') };
  if (value instanceof EventTime) return { $event_time: [value.sec, value.nsec] };
  if (value instanceof Extension) return { $extension: value.type };
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    const text = bytes.toString();
    return Buffer.from(text).equals(bytes) ? text : { $bytes_hex: bytes.toString('hex') };
  }
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, goldenValue(own)]));
}

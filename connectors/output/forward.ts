import { randomBytes } from 'node:crypto';
import { canZstd } from '../../lib/codec/zstd.ts';
import { MillraceError, Unrecoverable } from '../../lib/error.ts';
import { ownVersion } from '../../lib/fleet/version.ts';
import { systemLookup } from '../../lib/net/addresses.ts';
import type { PackingSender } from '../../lib/net/forward_consignment.ts';
import { serverMeters } from '../../lib/net/forward_meters.ts';
import { ForwardSender } from '../../lib/net/forward_sender.ts';
import type { Receiver, ServerSettings } from '../../lib/net/forward_server.ts';
import { type ClientTls, clientTls, tlsClientShape } from '../../lib/net/tls_client.ts';
import * as option from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Discovery, FoundServer, Output } from '../../lib/plugin/contract.ts';
import { defineOutput } from '../../lib/plugin/define.ts';
import { Discovered } from '../../lib/plugin/discovered.ts';
import { nestedList } from '../../lib/plugin/nested.ts';
import { serverOf, serverOptions } from '../../lib/plugin/server_options.ts';

const security = {
  selfHostname: option.string({
    doc: 'The name by which this client introduces itself.',
    required: true,
  }),
  sharedKey: option.string({ doc: 'The key that servers ask for.', required: true, secret: true }),
};

const agent = {
  name: option.string({ doc: 'Its name; the host name when absent.' }),
  id: option.string({
    doc: 'What tells it from all others, for ever. When absent it is drawn once and kept below `root_dir`; without a `root_dir` each file buffer has one of its own.',
  }),
  labels: option.hash({ doc: 'What it belongs to: `{"site":"north"}`.', default: {} }),
};

const options = {
  server: option.sections(serverOptions, { doc: 'A server to send to.' }),
  serviceDiscovery: nestedList('discovery', {
    doc: 'What finds servers to send to, beside those in `<server>`; they may come and go.',
  }),
  security: option.section(security, { doc: 'For servers that ask for a shared key.' }),
  agent: option.section(agent, {
    doc: 'How this process makes itself known to Millrace servers, for which `millrace agents` lists what came of whom.',
  }),
  requireAckResponse: option.boolean({
    doc: 'A chunk is delivered when the server says that it has stored it. Otherwise when it was sent.',
    default: false,
  }),
  ackResponseTimeout: option.duration({
    doc: 'A chunk that is not acknowledged by then is sent again.',
    default: 190_000,
  }),
  sendTimeout: option.duration({
    doc: 'A server that does not take a frame (4 MiB) within this is failing.',
    default: 60_000,
  }),
  connectTimeout: option.duration({
    doc: 'A server that does not answer within this is failing.',
    default: 10_000,
  }),
  hardTimeout: option.duration({
    doc: 'How long a server may take for the handshake. With heartbeats, one that is silent for so long is lost.',
    default: 60_000,
  }),
  recoverWait: option.duration({
    doc: 'A server that was lost gets chunks again when its heartbeats have come for so long; without heartbeats, when about so much time has passed. Until then it gets some only when all are lost.',
    default: 10_000,
  }),
  keepalive: option.boolean({
    doc: 'Keep connections open and send all chunks through them.',
    default: true,
  }),
  keepaliveTimeout: option.duration({ doc: 'A connection idle for so long is closed.' }),
  compress: option.oneOf(['text', 'gzip', 'zstd'], {
    doc: 'How entries are compressed on the way; `text` is not at all. `zstd` needs Node 22.15, and a server that knows it.',
    default: 'text',
  }),
  timeAsInteger: option.boolean({
    doc: 'Send times as whole seconds, for servers older than Fluentd 0.14.',
    default: false,
  }),
  verifyConnectionAtStartup: option.boolean({
    doc: 'Send nothing before every server was reached once; until then it is tried again and again.',
    default: false,
  }),
  transport: option.oneOf(['tcp', 'tls'], { doc: 'Plain TCP, or TLS.', default: 'tcp' }),
  ...tlsClientShape,
  heartbeatType: option.oneOf(['transport', 'tcp', 'udp', 'none'], {
    doc: 'What is a sign of life beside the delivery of a chunk: `transport` (or `tcp`) an open connection, or a new one with its handshake where none is kept; `udp` an answered datagram; `none` nothing.',
    default: 'transport',
  }),
  heartbeatInterval: option.duration({
    doc: 'How often a sign of life is looked for. A server that takes no connection is asked at growing intervals, up to half of `recover_wait`.',
    default: 1000,
  }),
  phiFailureDetector: option.boolean({
    doc: 'A server is lost when its silence is improbably long, judged by how regularly its heartbeats came.',
    default: true,
  }),
  phiThreshold: option.integer({
    doc: 'What is improbable: 16 is some 37 s where heartbeats came every second.',
    default: 16,
    min: 1,
  }),
  expireDnsCache: option.duration({
    doc: 'How long the look-up of a name holds. A kept connection is left when its address is not among the name’s any more. When absent, a name is looked up for each connection, and connections are kept.',
  }),
  dnsRoundRobin: option.boolean({
    doc: 'Of a name with several addresses, begin with another one each time. All are tried in any case.',
    default: false,
  }),
  ignoreNetworkErrorsAtStartup: option.boolean({
    doc: 'With `verify_connection_at_startup`, go on although a server cannot be reached. Without it, network errors never prevent a start.',
    default: false,
  }),
};

export default defineOutput({
  type: 'forward',
  doc: 'Sends events to Fluentd, Fluent Bit or Millrace by the forward protocol, to one or several servers. With `require_ack_response` nothing is lost on the way, and a Millrace server with a file buffer stores a chunk that is sent again once.',
  buffer: { chunkKeys: ['tag'] },
  options,
  create(given, context): Output {
    refuseWhatDoesNotFit(given, context);
    const tls =
      given.transport === 'tls'
        ? clientTls(given, { ...context, labels: { output: context.id } })
        : undefined;
    const sender = new ForwardSender(settingsOf(given, context));
    const toReceiver = (found: FoundServer): Receiver => receiverOf(found, given, context, tls);
    const discovered = new Discovered(
      discoveriesOf(given, context),
      (servers) => sender.replace(servers.map(toReceiver)),
      context.log,
    );
    const packing = {
      timeAsInteger: given.timeAsInteger,
      compression: given.compress,
      requiresAck: given.requireAckResponse,
      sender: senderOf(given, context, () => sender.receiverCount),
    };
    return {
      async open(signal) {
        await discovered.start();
        const { verifyConnectionAtStartup, ignoreNetworkErrorsAtStartup } = given;
        if (verifyConnectionAtStartup) await sender.verify(ignoreNetworkErrorsAtStartup, signal);
      },
      async write(chunk, signal) {
        if (chunk.tag === '') {
          const reason = 'its events have no tag, and none is sent without one';
          throw new Unrecoverable(reason, { refusesParts: true });
        }
        await discovered.start();
        await sender.deliver(chunk, packing, signal);
      },
      async close() {
        discovered.stop();
        tls?.keeper.close();
        sender.close();
      },
    };
  },
});

/** `<server>` sections count as found by a discovery of their own. */
function discoveriesOf(given: Parsed<typeof options>, context: PluginContext): Discovery[] {
  const made = given.serviceDiscovery.map((call) => context.make(call));
  const listed: Discovery = { start: async (tell) => tell(given.server.map(serverOf)) };
  return given.server.length > 0 ? [listed, ...made] : made;
}

function settingsOf(given: Parsed<typeof options>, context: PluginContext): ServerSettings {
  const { id, clock, log, metrics, random } = context;
  const { heartbeatType } = given;
  return {
    keepsConnection: given.keepalive,
    idleTimeoutMs: given.keepaliveTimeout,
    heartbeat: heartbeatType === 'tcp' ? 'transport' : heartbeatType,
    health: {
      heartbeatIntervalMs: given.heartbeatInterval,
      hardTimeoutMs: given.hardTimeout,
      phiThreshold: given.phiFailureDetector ? given.phiThreshold : undefined,
      recoverWaitMs: given.recoverWait,
    },
    expireDnsMs: given.expireDnsCache,
    isDnsRoundRobin: given.dnsRoundRobin,
    lookup: systemLookup,
    metersFor: serverMeters(metrics, id),
    ...{ clock, log, random },
  };
}

function refuseWhatDoesNotFit(given: Parsed<typeof options>, context: PluginContext): void {
  if (given.serviceDiscovery.length === 0 && given.server.every(({ weight }) => weight === 0)) {
    throw new MillraceError(
      'MR_OPTION',
      'output `forward` needs a `<server>` with a weight above 0, or `<service_discovery>`',
    );
  }
  if (given.compress === 'zstd' && !canZstd) {
    const what = `output \`forward\` cannot compress by zstd on Node ${process.versions.node}`;
    throw new MillraceError('MR_OPTION', what, { hint: 'Node has it from 22.15 on' });
  }
  if (given.heartbeatInterval === 0 && given.heartbeatType !== 'none') {
    throw new MillraceError('MR_OPTION', 'the `heartbeat_interval` must be above 0', {
      hint: '`heartbeat_type none` looks for no heartbeats',
    });
  }
  if (context.chunking !== undefined && !context.chunking.keys.includes('tag')) {
    throw new MillraceError('MR_OPTION', 'the chunk keys of output `forward` must include `tag`', {
      hint: 'a chunk is sent with one tag',
    });
  }
}

/** What servers are told of this process. @throws MR_OPTION when its id cannot be kept */
function senderOf(
  { agent: own }: Parsed<typeof options>,
  context: PluginContext,
  receivers: () => number,
): PackingSender {
  const id = own?.id ?? context.agentId();
  const name = own?.name ?? context.hostname;
  const labels = new Map(
    Object.entries(own?.labels ?? {}).map(([key, value]) => [key, String(value)]),
  );
  const version = ownVersion();
  return {
    agentOf: (source) => ({ id: id ?? source, name, version, labels }),
    stampsOf: (events) => context.fleet.stampsOf(events),
    receivers,
    nowMs: () => context.clock.nowMs(),
  };
}

function receiverOf(
  found: FoundServer,
  given: Parsed<typeof options>,
  context: PluginContext,
  tls: ClientTls | undefined,
): Receiver {
  const { host, address, port, weight, isStandby, username, password } = found;
  const sharedKey = found.sharedKey ?? given.security?.sharedKey;
  const name = found.name ?? `${host}:${port}`;
  return {
    key: JSON.stringify([host, address, port, name, username, password, sharedKey]),
    ...{ name, weight, isStandby },
    link: {
      target: { host, address, port, timeoutMs: given.connectTimeout },
      tls: tls?.dialing(host, found.name),
      credentials:
        sharedKey === undefined
          ? undefined
          : {
              hostname: given.security?.selfHostname ?? context.hostname,
              sharedKey,
              username,
              password,
            },
      handshakeTimeoutMs: given.hardTimeout,
      sendTimeoutMs: given.sendTimeout,
      ackTimeoutMs: given.ackResponseTimeout,
      clock: context.clock,
      randomSalt: () => randomBytes(16).toString('hex'),
    },
  };
}

import { randomBytes } from 'node:crypto';
import { MillraceError } from '../../lib/error.ts';
import { ForwardSender, type Receiver } from '../../lib/net/forward_sender.ts';
import { type ClientTls, clientTls, tlsClientShape } from '../../lib/net/tls_client.ts';
import * as option from '../../lib/option/declare.ts';
import type { Parsed } from '../../lib/option/option.ts';
import type { PluginContext } from '../../lib/plugin/context.ts';
import type { Output } from '../../lib/plugin/contract.ts';
import { defineOutput } from '../../lib/plugin/define.ts';

const server = {
  host: option.string({ doc: 'Host name or address of the server.', required: true }),
  port: option.integer({ doc: 'Its port.', default: 24224, min: 1, max: 65_535 }),
  name: option.string({ doc: 'Its name in logs; `host:port` when absent.' }),
  weight: option.integer({ doc: 'Its share among the servers; 0: none.', default: 60, min: 0 }),
  standby: option.boolean({
    doc: 'Used only to make up for others that are failing.',
    default: false,
  }),
  sharedKey: option.string({
    doc: 'The key that this server asks for, if not the common one.',
    secret: true,
  }),
  username: option.string({ doc: 'The user for this server.', default: '' }),
  password: option.string({ doc: 'The password of the user.', default: '', secret: true }),
};

const security = {
  selfHostname: option.string({
    doc: 'The name by which this client introduces itself.',
    required: true,
  }),
  sharedKey: option.string({ doc: 'The key that servers ask for.', required: true, secret: true }),
};

const options = {
  server: option.sections(server, { doc: 'A server to send to.', required: true }),
  security: option.section(security, { doc: 'For servers that ask for a shared key.' }),
  requireAckResponse: option.boolean({
    doc: 'A chunk is delivered when the server says that it has stored it. Otherwise when it was sent.',
    default: false,
  }),
  ackResponseTimeout: option.duration({
    doc: 'A chunk that is not acknowledged by then is sent again.',
    default: 190_000,
  }),
  sendTimeout: option.duration({
    doc: 'A server that does not take a frame (2 MiB) within this is failing.',
    default: 60_000,
  }),
  connectTimeout: option.duration({
    doc: 'A server that does not answer within this is failing.',
    default: 10_000,
  }),
  hardTimeout: option.duration({
    doc: 'How long a server may take for the handshake.',
    default: 60_000,
  }),
  recoverWait: option.duration({
    doc: 'A failing server is left alone for so long, as long as there are others.',
    default: 10_000,
  }),
  keepalive: option.boolean({
    doc: 'Keep connections open and send all chunks through them.',
    default: true,
  }),
  keepaliveTimeout: option.duration({ doc: 'A connection idle for so long is closed.' }),
  compress: option.oneOf(['text', 'gzip'], {
    doc: 'How entries are compressed on the way; `text` is not at all.',
    default: 'text',
  }),
  timeAsInteger: option.boolean({
    doc: 'Send times as whole seconds, for servers older than Fluentd 0.14.',
    default: false,
  }),
  verifyConnectionAtStartup: option.boolean({
    doc: 'Send nothing before every server was reached once.',
    default: false,
  }),
  transport: option.oneOf(['tcp', 'tls'], { doc: 'Plain TCP, or TLS.', default: 'tcp' }),
  ...tlsClientShape,
  heartbeatType: option.oneOf(['transport', 'tcp', 'udp', 'none'], {
    doc: 'Accepted for compatibility: whether a server is well is told by its taking chunks.',
    default: 'transport',
  }),
  heartbeatInterval: option.duration({ doc: 'Accepted for compatibility.', default: 1000 }),
  phiFailureDetector: option.boolean({ doc: 'Accepted for compatibility.', default: true }),
  phiThreshold: option.integer({ doc: 'Accepted for compatibility.', default: 16 }),
  expireDnsCache: option.duration({
    doc: 'Accepted for compatibility: names are looked up for every connection.',
  }),
  dnsRoundRobin: option.boolean({ doc: 'Accepted for compatibility.', default: false }),
  ignoreNetworkErrorsAtStartup: option.boolean({
    doc: 'Accepted for compatibility: network errors never prevent a start.',
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
    const { clock, log } = context;
    const tls =
      given.transport === 'tls'
        ? clientTls(given, { ...context, labels: { output: context.id } })
        : undefined;
    const receivers = given.server.map((each) => receiverOf(each, given, context, tls));
    const sender = new ForwardSender(receivers, given.recoverWait, clock, log);
    const packing = {
      timeAsInteger: given.timeAsInteger,
      compresses: given.compress === 'gzip',
      requiresAck: given.requireAckResponse,
    };
    return {
      async open(signal) {
        if (given.verifyConnectionAtStartup) await sender.verify(signal);
      },
      write: (chunk, signal) => sender.deliver(chunk, packing, signal),
      async close() {
        tls?.keeper.close();
        sender.close();
      },
    };
  },
});

function refuseWhatDoesNotFit(given: Parsed<typeof options>, context: PluginContext): void {
  if (given.server.every(({ weight }) => weight === 0)) {
    throw new MillraceError(
      'MR_OPTION',
      'output `forward` needs a `<server>` with a weight above 0',
    );
  }
  if (context.chunking !== undefined && !context.chunking.keys.includes('tag')) {
    throw new MillraceError('MR_OPTION', 'the chunk keys of output `forward` must include `tag`', {
      hint: 'a chunk is sent with one tag',
    });
  }
}

function receiverOf(
  each: Parsed<typeof server>,
  given: Parsed<typeof options>,
  context: PluginContext,
  tls: ClientTls | undefined,
): Receiver {
  const { host, port, weight, username, password } = each;
  const sharedKey = each.sharedKey ?? given.security?.sharedKey;
  return {
    name: each.name ?? `${host}:${port}`,
    weight,
    isStandby: each.standby,
    keepsConnection: given.keepalive,
    idleTimeoutMs: given.keepaliveTimeout,
    link: {
      target: { host, port, timeoutMs: given.connectTimeout },
      tls: tls?.dialing(host, each.name),
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

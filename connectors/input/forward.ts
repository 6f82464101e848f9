import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { whenAborted } from '../../lib/clock.ts';
import { MillraceError } from '../../lib/error.ts';
import { type ForwardSettings, serveForward } from '../../lib/net/forward_connection.ts';
import { farewellTo } from '../../lib/net/forward_farewell.ts';
import { ForwardGate, type GateSettings } from '../../lib/net/forward_gate.ts';
import { rulesFor } from '../../lib/net/forward_source.ts';
import { Refusals } from '../../lib/net/refusals.ts';
import { listenTcp, type TcpListener } from '../../lib/net/tcp_server.ts';
import { listenTls } from '../../lib/net/tls_server.ts';
import { serverTls, transportShape } from '../../lib/net/tls_transport.ts';
import { answerHeartbeats } from '../../lib/net/udp_heartbeat.ts';
import * as option from '../../lib/option/declare.ts';
import type { Emit, Input } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { RareWarning } from '../../lib/plugin/rare_warning.ts';

const handshakeTimeoutMs = 60_000;
const stopGraceMs = 10_000;

const security = {
  selfHostname: option.string({
    doc: 'The name by which this server introduces itself.',
    required: true,
  }),
  sharedKey: option.string({
    doc: 'The key that clients must know.',
    required: true,
    secret: true,
  }),
  userAuth: option.boolean({ doc: 'Ask for a user and password too.', default: false }),
  allowAnonymousSource: option.boolean({
    doc: 'Let in addresses that no `<client>` names.',
    default: true,
  }),
  user: option.sections(
    {
      username: option.string({ doc: 'Name of a user.', required: true }),
      password: option.string({ doc: 'Password of the user.', required: true, secret: true }),
    },
    { doc: 'A user that may send.' },
  ),
  client: option.sections(
    {
      host: option.string({ doc: 'Host name or address of a source. This or `network`.' }),
      network: option.string({ doc: 'Network of sources, such as `10.0.0.0/8`.' }),
      sharedKey: option.string({
        doc: 'The key of this source, if not the common one.',
        secret: true,
      }),
      users: option.array({ doc: 'Users that may come from here; all when absent.', default: [] }),
    },
    { doc: 'A source that may send.' },
  ),
};

export default defineInput({
  type: 'forward',
  doc: 'Takes events from Fluentd, Fluent Bit, Millrace and their client libraries by the forward protocol. A chunk is acknowledged when its events are stored.',
  options: {
    port: option.integer({
      doc: 'TCP port to listen on, and UDP port for heartbeats; 0 is any free one.',
      default: 24224,
      min: 0,
      max: 65_535,
    }),
    bind: option.string({ doc: 'Address to listen on.', default: '0.0.0.0' }),
    tag: option.string({ doc: 'Tag of all events, instead of their own.' }),
    addTagPrefix: option.string({ doc: 'Put before each tag, with a dot.' }),
    chunkSizeLimit: option.size({
      doc: 'Longer frames are dropped with a warning and not acknowledged.',
    }),
    chunkSizeWarnLimit: option.size({ doc: 'Longer frames cause a warning.' }),
    decompressionSizeLimit: option.size({
      doc: 'Compressed entries that hold more end the connection.',
      default: 256 * 1024 * 1024,
    }),
    skipInvalidEvent: option.boolean({
      doc: 'Skip events whose time is no integer or event time, and acknowledge messages without a record. When false, float times are taken and such messages are not acknowledged.',
      default: true,
    }),
    skipRepeatedChunks: option.boolean({
      doc: 'Store a chunk once that its sender sends again with the same id and the same events, as Fluentd does when an acknowledgement was lost. Each buffer remembers the last 10,000 chunks, across restarts if it is a file buffer. Chunks of Millrace are told without it.',
      default: false,
    }),
    sourceAddressKey: option.string({ doc: 'Field that gets the address of the client.' }),
    sourceHostnameKey: option.string({
      doc: 'Field that gets the host name of the client, or its address if it has none.',
    }),
    resolveHostname: option.boolean({
      doc: 'Must not be false with `source_hostname_key`, which looks host names up.',
    }),
    denyKeepalive: option.boolean({
      doc: 'Close each connection after its first events are stored.',
      default: false,
    }),
    sendKeepalivePacket: option.boolean({
      doc: 'Ask idle clients whether they are still there (TCP keepalive).',
      default: false,
    }),
    sourceIdentityKey: option.string({
      doc: 'Field that gets who the client is by its certificate, where `<transport tls>` asks for one.',
    }),
    transport: option.section(transportShape, {
      doc: 'How connections are secured.',
      argument: 'protocol',
    }),
    security: option.section(security, { doc: 'Lets in only clients that know a shared key.' }),
  },
  hints({ bind, port, security, transport }, tag) {
    const host = bind === '0.0.0.0' || bind === '127.0.0.1' ? '' : ` -h ${bind}`;
    const send = `echo '{"message": "hello"}' | npx millrace cat ${tag}${host} -p ${port}`;
    return security === undefined && transport?.protocol !== 'tls' ? [send] : [];
  },
  create(options, context): Input {
    if (options.sourceHostnameKey !== undefined && options.resolveHostname === false) {
      throw new MillraceError(
        'MR_OPTION',
        '`source_hostname_key` needs host names looked up, but `resolve_hostname` is false',
      );
    }
    const gateSettings = options.security && gateSettingsOf(options.security);
    const tls = serverTls(options.transport, { ...context, labels: { input: context.id } });
    const warning = new RareWarning(context);
    const refusals = new Refusals(context.id, context.metrics, (...told) => warning.warn(...told));
    const source = {
      tag: options.tag,
      tagPrefix: options.addTagPrefix,
      addressKey: options.sourceAddressKey,
      hostnameKey: options.sourceHostnameKey,
      identityKey: options.sourceIdentityKey,
      skipsInvalid: options.skipInvalidEvent,
    };
    const settings = (emit: Emit, gate: ForwardGate | undefined): ForwardSettings => ({
      rules: (address, speaksJson, identity) =>
        rulesFor(source, context.clock, address, speaksJson, identity),
      frameLimitBytes: options.chunkSizeLimit,
      frameWarnBytes: options.chunkSizeWarnLimit,
      decompressionLimitBytes: options.decompressionSizeLimit,
      skipsRepeated: options.skipRepeatedChunks,
      deniesKeepalive: options.denyKeepalive,
      gate,
      handshakeTimeoutMs,
      refusals,
      stopGraceMs,
      clock: context.clock,
      log: context.log,
      emit,
      onStored: (stamp, count, address) => context.fleet.stored(stamp, count, address),
    });
    const listen = (serve: (socket: Socket, identity?: string) => void): Promise<TcpListener> => {
      const where = {
        host: options.bind,
        port: options.port,
        sendsKeepalivePackets: options.sendKeepalivePacket,
      };
      if (tls === undefined) return listenTcp(where, serve);
      const { clock } = context;
      const onRefused: Refusals['byUs'] = (...refusal) => refusals.byUs(...refusal);
      const security = { ...tls, handshakeTimeoutMs, clock, onRefused, farewell: farewellTo };
      return listenTls(where, security, serve);
    };
    return {
      async run(emit, signal) {
        const gate = gateSettings && (await ForwardGate.create(gateSettings, randomBytes));
        const shared = settings(emit, gate);
        const connections = new Set<Promise<void>>();
        const serve = (socket: Socket, identity?: string): void => {
          const serving = serveForward(socket, shared, signal, identity);
          connections.add(serving);
          void serving.then(() => connections.delete(serving));
        };
        const listener = await listen(serve);
        const { port } = listener;
        const heartbeat = await answerHeartbeats(options.bind, port).catch((error: unknown) => {
          listener.stopAccepting();
          throw error;
        });
        context.log.info('listening', { address: options.bind, port });
        await whenAborted(signal);
        listener.stopAccepting();
        heartbeat.close();
        await Promise.all(connections);
      },
    };
  },
});

function gateSettingsOf(
  given: Omit<GateSettings, 'users' | 'clients'> & {
    readonly user: GateSettings['users'];
    readonly client: GateSettings['clients'];
  },
): GateSettings {
  for (const { host, network } of given.client) {
    if ((host === undefined) === (network === undefined)) {
      throw new MillraceError('MR_OPTION', 'a `<client>` needs either `host` or `network`');
    }
  }
  if (given.userAuth && given.user.length === 0) {
    throw new MillraceError('MR_OPTION', '`user_auth` needs at least one `<user>`');
  }
  if (!given.allowAnonymousSource && given.client.length === 0) {
    throw new MillraceError('MR_OPTION', 'without `<client>` sections nobody is let in', {
      hint: 'add a `<client>`, or leave `allow_anonymous_source false` out',
    });
  }
  return { ...given, users: given.user, clients: given.client };
}

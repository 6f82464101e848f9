import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { whenAborted } from '../../lib/clock.ts';
import { MillraceError } from '../../lib/error.ts';
import { farewellTo } from '../../lib/net/forward_farewell.ts';
import { ForwardGate, type GateSettings } from '../../lib/net/forward_gate.ts';
import { ForwardIntake, intakeShape } from '../../lib/net/forward_intake.ts';
import { compileIdentities } from '../../lib/net/peer_identity.ts';
import type { Refusals } from '../../lib/net/refusals.ts';
import type { Trust } from '../../lib/net/stamp_vetting.ts';
import { listenTcp, type TcpListener } from '../../lib/net/tcp_server.ts';
import { listenTls } from '../../lib/net/tls_server.ts';
import { serverTls, transportShape } from '../../lib/net/tls_transport.ts';
import { answerHeartbeats } from '../../lib/net/udp_heartbeat.ts';
import * as option from '../../lib/option/declare.ts';
import type { Input } from '../../lib/plugin/contract.ts';
import { defineInput } from '../../lib/plugin/define.ts';
import { RareWarning } from '../../lib/plugin/rare_warning.ts';

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
    ...intakeShape,
    handshakeTimeout: option.duration({
      doc: 'A client that has not shaken hands within this time, of TLS and of `<security>`, is closed.',
      default: 60_000,
    }),
    sourceAddressKey: option.string({ doc: 'Field that gets the address of the client.' }),
    sourceHostnameKey: option.string({
      doc: 'Field that gets the host name of the client, or its address if it has none.',
    }),
    resolveHostname: option.boolean({
      doc: 'Must not be false with `source_hostname_key`, which looks host names up.',
    }),
    sendKeepalivePacket: option.boolean({
      doc: 'Ask idle clients whether they are still there (TCP keepalive).',
      default: false,
    }),
    sourceIdentityKey: option.string({
      doc: 'Field that gets who the client is by its certificate, where `<transport tls>` asks for one.',
    }),
    bindAgents: option.boolean({
      doc: 'Where `<transport tls>` asks for certificates: bind each Millrace agent to the identity in the certificate that it first comes with. What others then say as that agent, here or at another input with this option, is not counted for it; the events are stored. When false, everybody is believed.',
      default: true,
    }),
    relayIdentities: option.array({
      doc: 'Clients that may pass on what agents said to them, by the names in their certificates; `*` stands for any text. When absent, all may, but of agents that are bound only those with a certificate.',
    }),
    agentIdentities: option.hash({
      doc: 'Agents that are bound, by their ids, to identities that are known beforehand or have changed: `{"0123456789abcdef":"agent-1.example"}`.',
      default: {},
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
    const trust = trustOf(options);
    const identities = identitiesOf(options.agentIdentities);
    const gateSettings = options.security && gateSettingsOf(options.security);
    const tls = serverTls(options.transport, { ...context, labels: { input: context.id } });
    const warning = new RareWarning(context);
    const { handshakeTimeout: handshakeTimeoutMs } = options;
    const intake = new ForwardIntake(
      options,
      {
        source: {
          addressKey: options.sourceAddressKey,
          hostnameKey: options.sourceHostnameKey,
          identityKey: options.sourceIdentityKey,
        },
        trust,
        handshakeTimeoutMs,
      },
      { ...context, warn: (...told) => warning.warn(...told) },
    );
    const listen = (serve: (socket: Socket, identity?: string) => void): Promise<TcpListener> => {
      const where = {
        host: options.bind,
        port: options.port,
        sendsKeepalivePackets: options.sendKeepalivePacket,
        limit: intake.limit,
      };
      if (tls === undefined) return listenTcp(where, serve);
      const { clock } = context;
      const onRefused: Refusals['byUs'] = (...refusal) => intake.refusals.byUs(...refusal);
      const security = { ...tls, handshakeTimeoutMs, clock, onRefused, farewell: farewellTo };
      return listenTls(where, security, serve);
    };
    return {
      async run(emit, signal) {
        for (const [id, identity] of identities) context.fleet.bind(id, identity);
        const gate = gateSettings && (await ForwardGate.create(gateSettings, randomBytes));
        const listener = await listen(intake.server(emit, gate, signal));
        const { port } = listener;
        const heartbeat = await answerHeartbeats(options.bind, port).catch((error: unknown) => {
          listener.stopAccepting();
          throw error;
        });
        context.log.info('listening', { address: options.bind, port });
        await whenAborted(signal);
        listener.stopAccepting();
        heartbeat.close();
        await intake.ended();
      },
    };
  },
});

/** @throws MR_OPTION when certificates are to decide that nobody has to show */
function trustOf({
  bindAgents: bindsAgents,
  relayIdentities,
  agentIdentities,
  transport,
}: {
  readonly bindAgents: boolean;
  readonly relayIdentities: readonly string[] | undefined;
  readonly agentIdentities: { readonly [agentId: string]: unknown };
  readonly transport: { readonly protocol: string; readonly clientCertAuth: boolean } | undefined;
}): Trust {
  const asksForCertificates = transport?.protocol === 'tls' && transport.clientCertAuth;
  const needing =
    (relayIdentities !== undefined && 'relay_identities') ||
    (Object.keys(agentIdentities).length > 0 && 'agent_identities');
  if (needing && !(asksForCertificates && bindsAgents)) {
    throw new MillraceError(
      'MR_OPTION',
      `\`${needing}\` needs \`client_cert_auth true\` in \`<transport tls>\`, and \`bind_agents\``,
    );
  }
  return { bindsAgents, mayRelay: relayIdentities && compileIdentities(relayIdentities) };
}

function identitiesOf(given: {
  readonly [agentId: string]: unknown;
}): readonly (readonly [string, string])[] {
  return Object.entries(given).map(([agentId, identity]) => {
    if (typeof identity === 'string' && identity !== '') return [agentId, identity];
    throw new MillraceError('MR_OPTION', `the identity of agent \`${agentId}\` must be a name`);
  });
}

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

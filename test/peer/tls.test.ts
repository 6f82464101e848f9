import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { FluentClient, FluentServer } from '@fluent-org/logger';
import { EventTime } from '../../lib/event/time.ts';
import { testChunk } from '../../lib/testing/test_chunk.ts';
import { startInput } from '../connectors/input/forward_harness.ts';
import { makeOutput } from '../connectors/output/forward_harness.ts';
import { type Issued, Office } from '../lib/net/certificates.ts';

const security = { selfHostname: 'server', sharedKey: 'key' };

function serverTransport({ root }: Office, { certPath, keyPath }: Issued) {
  const own = { protocol: 'tls', certPath, privateKeyPath: keyPath } as const;
  return { ...own, clientCertAuth: true, caPath: root.certPath };
}

test('the client of @fluent-org/logger sends over mutual TLS with a shared key, and gets acks', async (t) => {
  const office = new Office(t);
  const agent = office.issue('agent');
  const input = await startInput({
    security,
    transport: serverTransport(office, office.issue('server')),
  });
  const client = new FluentClient('peer', {
    socket: {
      host: 'localhost',
      port: input.port,
      disableReconnect: true,
      tls: { ca: office.root.pem, cert: agent.pem, key: agent.keyPem },
    },
    ack: { ackTimeout: 10_000 },
    security: { clientHostname: 'client', sharedKey: 'key' },
  });
  await client.connect();
  await client.emit('app', { n: 1 });
  assert.equal(input.batches.length, 1);
  await client.disconnect();
  await input.stop();
});

test('the server of @fluent-org/logger takes chunks over mutual TLS with a shared key, and acknowledges them', async (t) => {
  const office = new Office(t);
  const own = office.issue('server');
  const seen: unknown[] = [];
  class RecordingServer extends FluentServer {
    protected override onEntry(_tag: string, _time: unknown, record: unknown): void {
      seen.push(record);
    }
  }
  const server = new RecordingServer({
    listenOptions: { port: 0, host: '127.0.0.1' },
    security: { serverHostname: 'server', sharedKey: 'key', authorize: false, userDict: {} },
    tlsOptions: { cert: own.pem, key: own.keyPem, ca: office.root.pem, requestCert: true },
  });
  await server.listen();
  const { certPath, keyPath } = office.issue('agent');
  const { output, close } = makeOutput([{ port: server.port ?? 0 }], {
    transport: 'tls',
    tlsCertPath: [office.root.certPath],
    tlsClientCertPath: certPath,
    tlsClientPrivateKeyPath: keyPath,
    security: { selfHostname: 'client', sharedKey: 'key' },
  });
  const entries = [{ time: new EventTime(1_700_000_000, 1), record: { n: 1 } }];
  await output.write(testChunk({ entries }), new AbortController().signal);
  assert.deepEqual(seen, [{ n: 1 }]);
  await close();
  await server.close();
});

/** The Python client with its socket wrapped: it has no TLS of its own. */
const script = `
import ssl, sys
from fluent import sender
port, ca, cert, key = sys.argv[1:]
class Sender(sender.FluentSender):
    def _reconnect(self):
        if self.socket: return
        super()._reconnect()
        context = ssl.create_default_context(cafile=ca)
        if cert: context.load_cert_chain(cert, key)
        self.socket = context.wrap_socket(self.socket, server_hostname='localhost')
    def _check_recv_side(self):
        pass
logger = Sender('py', host='127.0.0.1', port=int(port), nanosecond_precision=True)
sent = logger.emit('app', {'text': 'größer'})
if not sent: print(logger.last_error)
logger.close()
`;

const python = async (...given: readonly string[]): Promise<string> =>
  (await promisify(execFile)('/usr/bin/python3', ['-c', script, ...given])).stdout;

test('the Python client fluent-logger sends over mutual TLS', async (t) => {
  const office = new Office(t);
  const { certPath, keyPath } = office.issue('agent');
  const transport = serverTransport(office, office.issue('server'));
  const input = await startInput({ transport, sourceIdentityKey: 'agent' });
  assert.equal(await python(String(input.port), office.root.certPath, certPath, keyPath), '');
  await input.arrived(1);
  const record = { text: 'größer', agent: 'localhost' };
  assert.deepEqual(input.batches[0]?.entries()[0]?.record, record);
  await input.stop();
});

test('what the Python client refuses, and what it is refused, is told apart', async (t) => {
  const office = new Office(t);
  const transport = serverTransport(office, office.issue('server'));
  const input = await startInput({ transport });
  const stranger = office.selfSigned('stranger', { isAuthority: true, names: [] });
  const { certPath, keyPath } = office.issue('agent');
  const told = await python(String(input.port), stranger.certPath, certPath, keyPath);
  assert.match(told, /CERTIFICATE_VERIFY_FAILED/);
  // It leaves at once, and the reset of its connection may overtake what it says of the certificate.
  await Promise.race([
    input.logged('it refuses our certificate: it does not know the CA'),
    input.logged('it left in the middle of the handshake'),
  ]);
  await python(String(input.port), office.root.certPath, '', '');
  await input.logged('a client was refused: it has no certificate');
  assert.equal(input.batches.length, 0);
  await input.stop();
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { connect } from 'node:tls';
import forward from '../../../connectors/input/forward.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { startInput } from '../../connectors/input/forward_harness.ts';
import { Office } from './certificates.ts';

type Transport = NonNullable<NonNullable<Parameters<typeof forward>[0]>['transport']>;

/** What a client that trusts the office's root sees of a listener. */
async function certificateOf(t: TestContext, transport: Transport, office: Office) {
  const input = await startInput({ transport: { ...transport, protocol: 'tls' } });
  t.after(() => input.stop());
  const { port } = input;
  const ca = office.root.pem;
  const socket = connect({ port, host: '127.0.0.1', ca, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { authorized, authorizationError } = socket;
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  assert.ok(certificate);
  return { authorized, authorizationError: String(authorizationError), certificate };
}

test('a CA that is configured signs a certificate at the start', async (t) => {
  const office = new Office(t);
  const { authorized, certificate } = await certificateOf(
    t,
    {
      caCertPath: office.root.certPath,
      caPrivateKeyPath: office.root.keyPath,
      generateCertCommonName: '127.0.0.1',
      generateCertCountry: 'JP',
      generateCertDigest: 'sha512',
    },
    office,
  );
  assert.ok(authorized);
  assert.equal(certificate.issuer, 'CN=root');
  assert.equal(certificate.subject, 'C=JP\nST=CA\nL=Mountain View\nCN=127.0.0.1');
});

test('an insecure listener signs a certificate of its own', async (t) => {
  const office = new Office(t);
  const { authorized, authorizationError, certificate } = await certificateOf(
    t,
    { insecure: true },
    office,
  );
  assert.ok(!authorized);
  assert.equal(authorizationError, 'DEPTH_ZERO_SELF_SIGNED_CERT');
  assert.ok(certificate.checkHost('localhost'));
});

test('options that do not fit together are refused', (t) => {
  const office = new Office(t);
  const own = { certPath: office.root.certPath, privateKeyPath: office.root.keyPath };
  const refused: readonly [Transport, RegExp][] = [
    [{}, /needs `cert_path` and `private_key_path`/],
    [{ certPath: own.certPath }, /`private_key_path` is missing/],
    [{ caCertPath: own.certPath }, /`ca_private_key_path` is missing/],
    [
      { caCertPath: own.certPath, caPrivateKeyPath: office.issue('other').keyPath },
      /`ca_private_key_path .*other\.key` does not belong to/,
    ],
    [{ ...own, clientCertAuth: true }, /`client_cert_auth` needs `ca_path`/],
    [{ ...own, clientCertAuth: true, caPath: own.privateKeyPath }, /`ca_path .*` holds no certif/],
    [{ ...own, allowIdentities: ['a'] }, /`allow_identities` needs `client_cert_auth true`/],
    [{ ...own, minVersion: 'TLS1_3', maxVersion: 'TLSv1_2' }, /no version of TLS is both/],
    [{ ...own, ciphers: 'NONSENSE' }, /TLS cannot be set up/],
    [{ ...own, certVerifier: '/a.rb' }, /Ruby code/],
    [{ ...own, ensureFips: true }, /FIPS/],
  ];
  for (const [transport, message] of refused) {
    const { plugin, options } = forward({ transport: { protocol: 'tls', ...transport } });
    assert.throws(() => plugin.create(options, testContext()), { code: 'MR_OPTION', message });
  }
});

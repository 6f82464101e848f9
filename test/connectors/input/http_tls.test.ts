import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import test from 'node:test';
import { Office } from '../../lib/net/certificates.ts';
import { startHttp } from './http_case.ts';

/** The status of the answer to a request. @throws what breaks the connection */
async function post(port: number, options: https.RequestOptions): Promise<number | undefined> {
  const request = https.request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/t',
    ...options,
  });
  request.setHeader('Content-Type', 'application/json');
  request.end('{"a":1}');
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

test('events come by HTTP over TLS, and a server that is not trusted gets none', async (t) => {
  const office = new Office(t);
  const { certPath, keyPath } = office.issue('server');
  const transport = { protocol: 'tls', certPath, privateKeyPath: keyPath } as const;
  const { port, batches, logged } = await startHttp(t, { transport });
  assert.equal(await post(port, { ca: office.root.pem }), 200);
  await assert.rejects(post(port, {}), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  assert.equal(batches.length, 1);
  assert.ok(logged.every(({ message }) => !message.includes('error')));
});

test('only clients with a certificate of the right CA and for the right name may send', async (t) => {
  const office = new Office(t);
  const { certPath, keyPath } = office.issue('server');
  const { port, batches, logged } = await startHttp(t, {
    transport: {
      protocol: 'tls',
      certPath,
      privateKeyPath: keyPath,
      clientCertAuth: true,
      caPath: office.root.certPath,
      allowIdentities: ['ann.example'],
    },
  });
  const client = (name: string, by = office.root): https.RequestOptions => {
    const { pem, keyPem } = office.issue(name, { names: [name], by });
    return { ca: office.root.pem, cert: pem, key: keyPem };
  };
  const stranger = office.selfSigned('stranger', { isAuthority: true, names: [] });
  assert.equal(await post(port, client('ann.example')), 200);
  await assert.rejects(post(port, { ca: office.root.pem }));
  await assert.rejects(post(port, client('bob.example')));
  await assert.rejects(post(port, client('ann.example', stranger)));
  assert.equal(batches.length, 1);
  const reasons = logged.map(({ fields }) => fields['reason']).filter((reason) => reason);
  assert.deepEqual(reasons, ['no_certificate', 'identity', 'unknown_ca']);
});

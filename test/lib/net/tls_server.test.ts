import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { connect } from 'node:tls';
import { startInput } from '../../connectors/input/forward_harness.ts';
import { Office } from './certificates.ts';

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session that goes on from one without a certificate lets nobody in, over ${version}`, async (t) => {
    const office = new Office(t);
    const { certPath, keyPath } = office.issue('server');
    const input = await startInput({
      transport: {
        protocol: 'tls',
        certPath,
        privateKeyPath: keyPath,
        clientCertAuth: true,
        caPath: office.root.certPath,
      },
    });
    t.after(() => input.stop());
    const labels = { input: 'under_test', reason: 'no_certificate', by: 'server' };
    const refusals = () => input.metrics.read('millrace_input_refusals_total', labels);
    const options = {
      port: input.port,
      host: '127.0.0.1',
      ca: office.root.pem,
      maxVersion: version,
    };
    let session: Buffer | undefined;
    for (const count of [1, 2, 3]) {
      const socket = connect({ ...options, session });
      socket.on('session', (next: Buffer) => {
        session = next;
      });
      await once(socket, 'secureConnect');
      session ??= socket.getSession();
      assert.ok(!socket.isSessionReused());
      socket.resume().end();
      await once(socket, 'close');
      assert.equal(refusals(), count);
    }
    assert.ok(session);
  });
}

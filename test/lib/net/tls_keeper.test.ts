import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { readCertificates } from '../../../lib/net/tls_files.ts';
import { TlsKeeper } from '../../../lib/net/tls_keeper.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import { Office } from './certificates.ts';

const labels = { input: 'one' };

function keep(t: TestContext, path: string, at: string) {
  const context = testContext({ clock: new TestClock({ sec: Date.parse(at) / 1000, nsec: 0 }) });
  const source = {
    paths: [path],
    load() {
      const chain = readCertificates({ option: 'cert_path', path });
      return { options: { cert: chain.join('') }, chain };
    },
  };
  const keeper = new TlsKeeper(source, { ...context, labels });
  t.after(() => keeper.close());
  const warnings = () => context.logs.map(({ message }) => message);
  return { keeper, context, warnings };
}

test('a certificate that expires soon is told of once a day, in time for its length', async (t) => {
  const office = new Office(t);
  const long = office.issue('long', { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' });
  const { keeper, context, warnings } = keep(t, long.certPath, '2026-12-17T12:00:00Z');
  keeper.watch();
  await context.clock.pass(0);
  assert.deepEqual(warnings(), []);
  context.clock.advance(12 * 3600 * 1000);
  await context.clock.pass(10_000);
  const soon = 'a certificate expires soon, at 2027-01-01T00:00:00.000Z';
  assert.deepEqual(warnings(), [soon]);
  context.clock.advance(24 * 3600 * 1000);
  await context.clock.pass(0);
  assert.deepEqual(warnings(), [soon, soon]);
  const gauge = 'millrace_tls_certificate_expiry_timestamp_seconds';
  assert.equal(context.metrics.read(gauge, labels), Date.UTC(2027, 0, 1) / 1000);
});

test('a certificate of an hour is told of when a fifth of it is left, and when it has expired', async (t) => {
  const office = new Office(t);
  const short = office.issue('short', { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' });
  const { keeper, context, warnings } = keep(t, short.certPath, '2026-01-01T00:47:00Z');
  keeper.watch();
  await context.clock.pass(0);
  assert.deepEqual(warnings(), []);
  await context.clock.pass(70_000);
  assert.match(warnings().join(), /^a certificate expires soon, at 2026-01-01T01:00:00.000Z$/);
  const late = keep(t, short.certPath, '2026-01-02T00:00:00Z');
  late.keeper.watch();
  await late.context.clock.pass(0);
  assert.match(late.warnings().join(), /^a certificate has expired at 2026-01-01T01:00:00.000Z$/);
});

test('a change between the first reading and the first look is seen, and one to the same is none', async (t) => {
  const office = new Office(t);
  const path = office.path('live');
  const [one, two] = [office.issue('one'), office.issue('two')];
  writeFileSync(path, one.pem);
  const { keeper, context } = keep(t, path, '2026-01-01T00:00:00Z');
  const seen: string[] = [];
  writeFileSync(path, `${two.pem}\n`);
  keeper.watch(({ cert }) => seen.push(new X509Certificate(String(cert)).subject));
  await context.clock.pass(0);
  assert.deepEqual(seen, ['CN=two']);
  writeFileSync(path, two.pem);
  await context.clock.pass(10_000);
  assert.deepEqual(seen, ['CN=two']);
  keeper.close();
  writeFileSync(path, one.pem);
  await context.clock.pass(60_000);
  assert.equal(new X509Certificate(String(keeper.options.cert)).subject, 'CN=two');
  assert.equal(context.clock.timers, 0);
});

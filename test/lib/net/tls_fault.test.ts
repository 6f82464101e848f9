import assert from 'node:assert/strict';
import test from 'node:test';
import { certificateFault, faultKindOf, tlsFault } from '../../../lib/net/tls_fault.ts';

function kindOf(code: string): string | undefined {
  return tlsFault(Object.assign(new Error('in the words of OpenSSL'), { code }))?.kind;
}

test('alerts of the peer and findings of our own are told apart, in plain words', () => {
  assert.equal(kindOf('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), 'expired');
  assert.equal(kindOf('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'unknown_ca');
  assert.equal(kindOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'no_certificate');
  assert.equal(kindOf('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'old_version');
  assert.equal(kindOf('ERR_SSL_UNSUPPORTED_PROTOCOL'), 'old_version');
  assert.equal(kindOf('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'), 'no_certificate');
  assert.equal(kindOf('ERR_SSL_HTTP_REQUEST'), 'not_tls');
  assert.equal(kindOf('CERT_NOT_YET_VALID'), 'not_yet_valid');
  assert.equal(kindOf('ERR_SSL_TLSV1_ALERT_USER_CANCELLED'), 'other');
  assert.equal(kindOf('ECONNRESET'), undefined);
  assert.equal(tlsFault(new Error('without a code')), undefined);
});

test('what is not known keeps its name for the log, and has none in metrics', () => {
  const { kind, words } = certificateFault('PATH_LENGTH_EXCEEDED');
  assert.equal(kind, 'bad_certificate');
  assert.match(words, /PATH_LENGTH_EXCEEDED/);
  assert.equal(faultKindOf('expired'), 'expired');
  assert.equal(faultKindOf('made up by a stranger'), 'other');
});

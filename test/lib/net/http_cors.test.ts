import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type CorsRules,
  corsHeaders,
  isAllowed,
  preflightHeaders,
} from '../../../lib/net/http_cors.ts';

function allowing(...allowedOrigins: string[]): CorsRules {
  return { allowedOrigins, allowsCredentials: false };
}

const nobodyAsks: CorsRules = { allowedOrigins: undefined, allowsCredentials: false };

test('without rules every request is taken, and no page can read the answer', () => {
  assert.equal(isAllowed(nobodyAsks, undefined), true);
  assert.equal(isAllowed(nobodyAsks, 'http://a'), true);
  assert.deepEqual(corsHeaders(nobodyAsks, 'http://a'), {});
  const asking = { origin: 'http://a', 'access-control-request-method': 'POST' };
  assert.equal(preflightHeaders(nobodyAsks, asking), undefined);
});

test('an origin is allowed by its name, or by a pattern with one star', () => {
  const rules = allowing('http://ok.example', 'http://*.wild.example');
  const verdicts = [
    'http://ok.example',
    'http://x.wild.example',
    'http://x.y.wild.example',
    'http://.wild.example',
    'http://ok.example.evil',
    'http://wild.example',
    'https://x.wild.example',
    undefined,
  ].map((origin) => isAllowed(rules, origin));
  assert.deepEqual(verdicts, [true, true, true, true, false, false, false, false]);
});

test('the two sides of a star do not overlap', () => {
  assert.equal(isAllowed(allowing('http://a*a'), 'http://a'), false);
  assert.equal(isAllowed(allowing('http://a*a'), 'http://aa'), true);
});

test('a star alone allows everybody and names nobody', () => {
  assert.equal(isAllowed(allowing('*'), undefined), true);
  assert.deepEqual(corsHeaders(allowing('*'), 'http://a'), { 'Access-Control-Allow-Origin': '*' });
});

test('credentials are allowed to named origins only', () => {
  const rules: CorsRules = { allowedOrigins: ['http://a'], allowsCredentials: true };
  assert.deepEqual(corsHeaders(rules, 'http://a'), {
    'Access-Control-Allow-Origin': 'http://a',
    'Access-Control-Allow-Credentials': 'true',
  });
  assert.deepEqual(corsHeaders(rules, 'http://b'), {});
});

test('a preflight is answered for POST, with the headers asked for', () => {
  const asking = {
    origin: 'http://a',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'X-A',
  };
  assert.deepEqual(preflightHeaders(allowing('http://a'), asking), {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'X-A',
    'Access-Control-Allow-Origin': 'http://a',
  });
  const putting = { ...asking, 'access-control-request-method': 'PUT' };
  assert.equal(preflightHeaders(allowing('http://a'), putting), undefined);
  assert.equal(preflightHeaders(allowing('http://b'), asking), undefined);
});

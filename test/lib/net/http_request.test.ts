import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import test from 'node:test';
import type { Form } from '../../../lib/codec/form.ts';
import { fieldsOf, remoteAddressOf, targetOf } from '../../../lib/net/http_request.ts';

function requestFor(url: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  return request;
}

function texts(form: Form): { readonly [name: string]: string } {
  return Object.fromEntries(
    [...form].map(([name, value]) => [name, Buffer.from(value).toString()]),
  );
}

test('splits a target, as a path or a whole URL', () => {
  const split = (url: string): unknown => {
    const { path, query } = targetOf(requestFor(url));
    return [path, texts(query)];
  };
  assert.deepEqual(split('/a%20b/c?x=1&y=%20'), ['/a%20b/c', { x: '1', y: ' ' }]);
  assert.deepEqual(split('http://host:1/a?x=1'), ['/a', { x: '1' }]);
  assert.deepEqual(split('http://host'), ['', {}]);
  assert.deepEqual(split('/a?b?c'), ['/a', { 'b?c': '' }]);
});

test('the body gives the fields that its type says, before those of the query', () => {
  const query = new Map([['json', Buffer.from('q')]]);
  const of = (type: string, body: string): unknown =>
    texts(fieldsOf(type, query, Buffer.from(body)));
  assert.deepEqual(of('application/json', 'b'), { json: 'b' });
  assert.deepEqual(of('Application/JSON; charset=utf-8', 'b'), { json: 'b' });
  assert.deepEqual(of('application/csp-report', 'b'), { json: 'b' });
  assert.deepEqual(of('application/msgpack', 'b'), { json: 'q', msgpack: 'b' });
  assert.deepEqual(of('application/x-ndjson', 'b'), { json: 'q', ndjson: 'b' });
  assert.deepEqual(of('application/x-www-form-urlencoded', 'json=f&a=1'), { json: 'f', a: '1' });
  assert.deepEqual(of('text/plain', 'b'), { json: 'q' });
  assert.deepEqual(of('', 'b'), { json: 'q' });
  const part = '--X\r\nContent-Disposition: form-data; name="json"\r\n\r\nm\r\n--X--';
  assert.deepEqual(of('multipart/form-data; boundary=X', part), { json: 'm' });
});

test('the address is the first that proxies have seen, or the peer of the connection', () => {
  const request = requestFor('/');
  assert.equal(remoteAddressOf(request), '');
  Object.defineProperty(request.socket, 'remoteAddress', { value: '::ffff:10.0.0.9' });
  assert.equal(remoteAddressOf(request), '10.0.0.9');
  request.headers['x-forwarded-for'] = ' 203.0.113.7 , 10.0.0.1';
  assert.equal(remoteAddressOf(request), '203.0.113.7');
  request.headers['x-forwarded-for'] = '';
  assert.equal(remoteAddressOf(request), '10.0.0.9');
});

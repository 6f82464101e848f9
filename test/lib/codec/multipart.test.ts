import assert from 'node:assert/strict';
import test from 'node:test';
import { boundaryIn, parseMultipart } from '../../../lib/codec/multipart.ts';
import { MillraceError } from '../../../lib/error.ts';

function part(disposition: string, value: string): string {
  return `--XX\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
}

function fields(body: string): [string, string][] {
  const parsed = parseMultipart(Buffer.from(body, 'latin1'), 'XX');
  return [...parsed].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]);
}

test('reads the parts by their names, whatever their bytes', () => {
  const body = `${part('name="json"', '{"a":1}')}${part('name=msgpack; filename="x"', '\x81\r\n\xff--XX')}`;
  assert.deepEqual(fields(`${body}--XX--\r\n`), [
    ['json', '{"a":1}'],
    ['msgpack', '\x81\r\n\xff--XX'],
  ]);
});

test('passes over what is around the parts, and parts without a name', () => {
  const body = `before\r\n${part('filename="x"', 'a')}${part('name="b"', '')}--XX--after`;
  assert.deepEqual(fields(body), [['b', '']]);
});

test('a damaged form is an error', () => {
  const wrong = [
    '',
    'XX',
    '--XX',
    '--XX\r\n',
    part('name="a"', '1'),
    '--XX\r\nno headers\r\n--XX--',
  ];
  for (const body of wrong) {
    assert.throws(
      () => fields(body),
      (error) => error instanceof MillraceError && error.code === 'MR_CODEC',
      JSON.stringify(body),
    );
  }
});

test('without a boundary there is no form', () => {
  assert.throws(() => parseMultipart(Buffer.from('--\r\n'), undefined), /boundary is not told/);
});

test('finds the boundary in a content type', () => {
  assert.equal(boundaryIn('multipart/form-data; boundary=XX'), 'XX');
  assert.equal(boundaryIn('multipart/form-data; charset=x; Boundary="a b"; x=y'), 'a b');
  assert.equal(boundaryIn('multipart/form-data'), undefined);
});

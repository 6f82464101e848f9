import assert from 'node:assert/strict';
import test from 'node:test';
import { attributesOf, faultsIn, read } from './reading.ts';

const env = { NAME: 'ann', EMPTY: '', SHY: '${env:NAME}' };

function readValue(text: string): unknown {
  return (attributesOf(`k ${text}`, env) as { k: unknown }).k;
}

test('replaces a variable in unquoted and double-quoted values', () => {
  assert.equal(readValue('a-${env:NAME}/${env:NAME}'), 'a-ann/ann');
  assert.equal(readValue('"${env:NAME} b"'), 'ann b');
});

test('a default stands in for a variable that is not set or empty, and may hold another', () => {
  assert.equal(readValue('${env:NOWHERE:-some default}'), 'some default');
  assert.equal(readValue('${env:EMPTY:-x}'), 'x');
  assert.equal(readValue('${env:EMPTY}!'), '!');
  assert.equal(readValue('${env:NOWHERE:-}!'), '!');
  assert.equal(readValue('${env:NAME:-x}'), 'ann');
  assert.equal(readValue('${env:NOWHERE:-${env:NAME}}-${tag}'), 'ann-${tag}');
});

test('leaves other ${...}, an escaped one, single quotes and what a variable holds alone', () => {
  assert.equal(readValue('${tag} ${record["env:x"]} $'), '${tag} ${record["env:x"]} $');
  assert.equal(readValue('"\\${env:NAME} ${tag}"'), '${env:NAME} ${tag}');
  assert.equal(readValue("'${env:NAME}'"), '${env:NAME}');
  assert.equal(readValue('${env:SHY}'), '${env:NAME}');
});

test('replaces variables in the arguments of sections', () => {
  const { root } = read('<match ${env:NAME}.**>\n</match>\n<label "${env:NAME}">\n</label>', env);
  assert.deepEqual(
    root.elements.map(({ arg }) => arg),
    ['ann.**', 'ann'],
  );
});

test('a variable that is not set, or not named properly, is a fault with its place', () => {
  assert.deepEqual(
    faultsIn('a x${env:NOWHERE}\nb "${env:NOWHERE}"\nc ${env:}\nd ${env:A:b}\ne ${env:A', env),
    [
      'MR_CONFIG_EMBEDDED 1:4 environment variable NOWHERE is not set',
      'MR_CONFIG_EMBEDDED 2:4 environment variable NOWHERE is not set',
      'MR_CONFIG_EMBEDDED 3:3 `${env:}` does not name an environment variable',
      'MR_CONFIG_EMBEDDED 4:3 `${env:A:b}` does not name an environment variable',
      'MR_CONFIG_EMBEDDED 5:3 `${env:` is not closed',
    ],
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { plainScalar } from '../../../lib/config/yaml_scalar.ts';

test('an unquoted text means what it means to Ruby', () => {
  const cases: [text: string, value: unknown][] = [
    ['', null],
    ['~', null],
    ['Null', null],
    ['yes', true],
    ['On', true],
    ['TRUE', true],
    ['no', false],
    ['off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['nul', 'nul'],
    ['0', 0],
    ['-12', -12],
    ['+12', 12],
    ['1_000', 1000],
    ['1,000', 1000],
    ['010', 8],
    ['08', '08'],
    ['0b101', 5],
    ['0x1F', 31],
    ['-0x1f', -31],
    ['0x', '0x'],
    ['9007199254740993', 9007199254740993n],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['-1.5e+3', -1500],
    ['1.5e3', '1.5e3'],
    ['1e3', '1e3'],
    ['.', '.'],
    ['-', '-'],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.nan', NaN],
    ['1:30', 5400],
    ['-1:30', -1800],
    ['12:30:45', 45045],
    ['12:30:45.5', 45045.5],
    ['12:61', '12:61'],
    ['10.0.0.1', '10.0.0.1'],
    ['0.0.0.0:24224', '0.0.0.0:24224'],
    ['10s', '10s'],
    ['8m', '8m'],
    ['2024-01-02', '2024-01-02'],
    [':foo', ':foo'],
    ['/a.b/', '/a.b/'],
    ['a: b', 'a: b'],
  ];
  for (const [text, value] of cases) assert.deepEqual(plainScalar(text).value, value, text);
});

test('a float keeps its point in JSON', () => {
  const cases = {
    '1.': '1.0',
    '-0.0': '-0.0',
    '.00001': '1.0e-05',
    '1.5e+20': '1.5e+20',
    '12345678901234567.0': '1.2345678901234568e+16',
  };
  for (const [text, json] of Object.entries(cases)) assert.equal(plainScalar(text).json, json);
  assert.equal(plainScalar('.inf').json, 'null');
});

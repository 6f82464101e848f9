import assert from 'node:assert/strict';
import test from 'node:test';
import { nameBeforeRotation } from '../../../lib/file/rotation_name.ts';

test('knows the names that rotation gives to a log', () => {
  const rotated: [string, string][] = [
    ['app.log.1', 'app.log'],
    ['app.log.12', 'app.log'],
    ['syslog.1', 'syslog'],
    ['app.log.old', 'app.log'],
    ['app.log-20240131', 'app.log'],
    ['app.log-20240131-1706659200', 'app.log'],
    ['app.log.2024-01-31', 'app.log'],
    ['app.log.2024-01-31.2', 'app.log'],
    ['app.log.2024-01-31T23:59:59', 'app.log'],
    ['app-20240131.log', 'app.log'],
    ['app.2024-01-31.log', 'app.log'],
    ['error_2024-01-31_12.txt', 'error.txt'],
  ];
  for (const [name, before] of rotated) assert.equal(nameBeforeRotation(name), before, name);
});

test('takes neither other logs nor compressed ones for rotated', () => {
  for (const name of [
    'app.log',
    'app-1.log',
    'worker-2',
    'app.log.1.gz',
    'app.log.pos',
    'app.log.swp',
    '.1',
  ]) {
    assert.equal(nameBeforeRotation(name), undefined, name);
  }
});

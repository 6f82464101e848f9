import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { ownVersion } from '../../../lib/fleet/version.ts';

test('the version is that of the package', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  assert(text.includes(`"version": "${ownVersion()}"`));
});

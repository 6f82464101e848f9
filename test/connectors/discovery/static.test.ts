import assert from 'node:assert/strict';
import test from 'node:test';
import staticDiscovery from '../../../connectors/discovery/static.ts';
import { makeDiscovery } from './harness.ts';

test('the listed servers are told, with what is usual where nothing is said', async () => {
  const { lists, start } = makeDiscovery(
    staticDiscovery({
      service: [
        { host: '10.0.0.1' },
        { host: 'b.test', port: 1, name: 'b', weight: 5, standby: true, sharedKey: 'key' },
      ],
    }),
  );
  await start();
  const common = { username: '', password: '' };
  assert.deepEqual(lists, [
    [
      {
        ...{ ...common, host: '10.0.0.1', port: 24_224, name: undefined },
        ...{ weight: 60, isStandby: false, sharedKey: undefined },
      },
      {
        ...{ ...common, host: 'b.test', port: 1, name: 'b' },
        ...{ weight: 5, isStandby: true, sharedKey: 'key' },
      },
    ],
  ]);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { FluentClient, FluentServer, EventTime as PeerTime } from '@fluent-org/logger';
import type { Entry } from '../../lib/event/entry.ts';
import { EventTime } from '../../lib/event/time.ts';
import { testChunk } from '../../lib/testing/test_chunk.ts';
import { startInput } from '../connectors/input/forward_harness.ts';
import { makeOutput } from '../connectors/output/forward_harness.ts';

const modes = ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'] as const;
const user = { username: 'ann', password: 'secret' };

interface Seen {
  readonly tag: string;
  readonly entry: Entry;
}

class RecordingServer extends FluentServer {
  readonly seen: Seen[] = [];

  protected override onEntry(tag: string, time: unknown, record: Entry['record']): void {
    assert.ok(time instanceof PeerTime);
    this.seen.push({ tag, entry: { time: new EventTime(time.epoch, time.nano), record } });
  }
}

for (const eventMode of modes) {
  for (const isSecured of [false, true]) {
    const how = `mode ${eventMode}${isSecured ? ' with a shared key and a user' : ''}`;
    test(`the client's events arrive with their nanoseconds, acknowledged: ${how}`, async () => {
      const input = await startInput(
        isSecured
          ? {
              security: {
                selfHostname: 'server',
                sharedKey: 'key',
                userAuth: true,
                user: [user],
              },
            }
          : {},
      );
      const client = new FluentClient('peer', {
        eventMode,
        socket: { host: '127.0.0.1', port: input.port, disableReconnect: true },
        ack: { ackTimeout: 10_000 },
        ...(isSecured && { security: { clientHostname: 'client', sharedKey: 'key', ...user } }),
      });
      await client.connect();
      const sent = Array.from({ length: 20 }, (_, n) => ({
        time: new EventTime(1_700_000_000 + n, 123_456_789 + n),
        record: { n, text: `événement ${n}`, list: [n, null, { deep: true }] },
      }));
      await Promise.all(
        sent.map(({ time, record }) =>
          client.emit('app', record, new PeerTime(time.sec, time.nsec)),
        ),
      );
      assert.deepEqual(
        input.batches.flatMap((batch) => batch.entries()),
        sent,
      );
      assert.ok(input.batches.every(({ tag }) => tag === 'peer.app'));
      await client.disconnect();
      await input.stop();
    });
  }
}

for (const isSecured of [false, true]) {
  for (const compress of ['text', 'gzip'] as const) {
    const how = `${compress}${isSecured ? ', with a shared key and a user' : ''}`;
    test(`the server gets our chunks with their stamps, and acknowledges them: ${how}`, async () => {
      const server = new RecordingServer({
        listenOptions: { port: 0, host: '127.0.0.1' },
        ...(isSecured && {
          security: {
            serverHostname: 'server',
            sharedKey: 'key',
            authorize: true,
            userDict: { ann: 'secret' },
          },
        }),
      });
      await server.listen();
      const { port } = server;
      assert.ok(port !== undefined);
      const { output, close } = makeOutput([{ port, ...user }], {
        compress,
        agent: { name: 'site1-web-1', labels: { site: 'north' } },
        ...(isSecured && { security: { selfHostname: 'client', sharedKey: 'key' } }),
      });
      const entries = [1, 2, 3].map((n) => ({
        time: new EventTime(1_700_000_000 + n, n),
        record: { n, text: 'ü' },
      }));
      const signal = new AbortController().signal;
      for (const [begin, tag] of ['app.a', 'app.b'].entries()) {
        const origin = { source: 'f27c95c536fd', epoch: 1, begin, end: begin + 1, low: 0 };
        await output.write(testChunk({ tag, entries, origin }), signal);
      }
      assert.deepEqual(
        server.seen,
        ['app.a', 'app.b'].flatMap((tag) => entries.map((entry) => ({ tag, entry }))),
      );
      await close();
      await server.close();
    });
  }
}

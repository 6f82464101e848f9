import assert from 'node:assert/strict';
import test from 'node:test';
import untyped from 'fluent-logger';
import { EventTime } from '../../lib/event/time.ts';
import { startInput } from '../connectors/input/forward_harness.ts';

interface Sender {
  emit(label: string, record: object, time: object, done: (error?: Error) => void): void;
  end(label: null, record: null, done: () => void): void;
}

// The package's own types lack the constructor of its times and some options.
const logger = untyped as unknown as {
  readonly EventTime: new (sec: number, nsec: number) => object;
  createFluentSender(prefix: string, options: object): Sender;
};

for (const eventMode of ['Message', 'PackedForward', 'CompressedPackedForward'] as const) {
  for (const isSecured of [false, true]) {
    const how = `mode ${eventMode}${isSecured ? ' with a shared key' : ''}`;
    test(`the client's events arrive with their nanoseconds, acknowledged: ${how}`, async () => {
      const input = await startInput(
        isSecured ? { security: { selfHostname: 'server', sharedKey: 'key' } } : {},
      );
      const sender = logger.createFluentSender('peer', {
        host: '127.0.0.1',
        port: input.port,
        eventMode,
        requireAckResponse: true,
        enableReconnect: false,
        ...(isSecured && { security: { clientHostname: 'client', sharedKey: 'key' } }),
      });
      const sent = Array.from({ length: 20 }, (_, n) => ({
        time: new EventTime(1_700_000_000 + n, 123_456_789 + n),
        record: { n, text: `événement ${n}` },
      }));
      await Promise.all(
        sent.map(
          ({ time, record }) =>
            new Promise<void>((resolve, reject) => {
              sender.emit('app', record, new logger.EventTime(time.sec, time.nsec), (error) =>
                error === undefined || error === null ? resolve() : reject(error),
              );
            }),
        ),
      );
      assert.deepEqual(
        input.batches.flatMap((batch) => batch.entries()),
        sent,
      );
      await new Promise<void>((resolve) => sender.end(null, null, () => resolve()));
      await input.stop();
    });
  }
}

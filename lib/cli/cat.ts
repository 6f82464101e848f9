import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.ts';
import { encodeEntries } from '../codec/entry_codec.ts';
import { EventTime } from '../event/time.ts';
import { compileTimeParser } from '../event/time_parse.ts';
import { type CatFormat, type ReadRecord, recordReader } from './cat_input.ts';
import { ForwardClient } from './forward_client.ts';
import { exitCodes, type Terminal } from './terminal.ts';

export interface CatOptions {
  readonly host: string;
  readonly port: number;
  readonly format: CatFormat;
  readonly messageKey: string;
  readonly timeAsInteger?: boolean;
  readonly eventTime?: string;
  readonly ack: boolean;
  readonly timeout: number;
}

/**
 * `millrace cat`: sends what standard input holds as it comes, and fails when something of it was no record.
 * @throws MR_NET when the server cannot be reached or does not answer, MR_TIME when the event time is none
 */
export async function cat(tag: string, options: CatOptions, terminal: Terminal): Promise<number> {
  const { host, port, ack, eventTime, timeAsInteger = false } = options;
  const fixedTime = eventTime === undefined ? undefined : readTime(eventTime);
  let faults = 0;
  const reader = recordReader(options.format, options.messageKey, (message) => {
    faults += 1;
    terminal.err.write(`${message}\n`);
  });
  const client = await ForwardClient.open({ host, port, timeoutMs: options.timeout * 1000 });
  const send = async (records: readonly ReadRecord[]): Promise<void> => {
    if (records.length === 0) return;
    const entries = records.map(({ time, record }) => ({
      time: fixedTime ?? time ?? now(),
      record,
    }));
    const packed = encodeEntries(entries, { timeAsInteger });
    await client.send(tag, packed, entries.length, ack ? randomUUID() : undefined);
  };
  try {
    for await (const chunk of terminal.input) await send(reader.read(chunk));
    await send(reader.finish());
    await client.close();
  } finally {
    client.destroy();
  }
  return faults === 0 ? exitCodes.ok : exitCodes.failed;
}

function readTime(text: string): EventTime {
  const isUnix = /^\d+(\.\d+)?$/.test(text);
  return compileTimeParser(isUnix ? { type: 'float' } : { format: '%iso8601' })(text);
}

function now(): EventTime {
  const { sec, nsec } = systemClock.now();
  return new EventTime(sec, nsec);
}

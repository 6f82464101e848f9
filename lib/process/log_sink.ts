import type { Clock } from '../clock.ts';
import type { LogSink } from '../log.ts';
import type { LogFormat } from './log_format.ts';
import type { StandardStream } from './standard_stream.ts';

/** A sink that writes one line a log line to a standard stream, and says how many were dropped before. */
export function streamSink(stream: StandardStream, format: LogFormat, clock: Clock): LogSink {
  let reported = 0;
  return (line) => {
    const before = stream.dropped;
    const nowMs = clock.nowMs();
    stream.write(format(line, nowMs));
    if (stream.dropped > before || before === reported) return;
    const message = `${before - reported} log lines were dropped: their reader was too slow`;
    reported = before;
    stream.write(format({ level: 'warn', message, fields: {} }, nowMs));
  };
}

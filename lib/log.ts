/** Log levels, least severe first, as Fluentd names them. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a log line says besides its message: ids, counts, an `error`. */
export interface LogFields {
  readonly [name: string]: unknown;
}

/** One line of the program's own log, on its way to a sink. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Where log lines go. A sink must neither throw nor wait. */
export type LogSink = (line: LogLine) => void;

/** The program's own log. Logging never throws and never waits. */
export interface Log {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /** The same log with fields added to every line, and possibly a level of its own. */
  child(fields: LogFields, level?: LogLevel): Log;
  /** The same log, which passes each line that it writes to `tap` too; so do its children. */
  tapped(tap: LogSink): Log;
}

/** Makes a log that passes lines of `level` and above to `sink`. */
export function createLog(sink: LogSink, level: LogLevel = 'info', fields: LogFields = {}): Log {
  const threshold = logLevels.indexOf(level);
  const at =
    (own: LogLevel) =>
    (message: string, more?: LogFields): void => {
      if (logLevels.indexOf(own) < threshold) return;
      sink({ level: own, message, fields: more === undefined ? fields : { ...fields, ...more } });
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (more, ownLevel) => createLog(sink, ownLevel ?? level, { ...fields, ...more }),
    tapped: (tap) => createLog(both(sink, tap), level, fields),
  };
}

function both(first: LogSink, second: LogSink): LogSink {
  return (line) => {
    first(line);
    second(line);
  };
}

/** A log that says nothing. */
export const silentLog: Log = createLog(() => {}, 'fatal');

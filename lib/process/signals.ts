/** The part of `process` that tells of signals. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** What is done about signals. */
export interface SignalActions {
  /** The first TERM or INT: stop cleanly. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** A second TERM or INT: stop at once. */
  readonly abort: (signal: NodeJS.Signals) => void;
  /** USR1: flush the buffers. */
  readonly flush: () => void;
  /** HUP or USR2: read the configuration again. */
  readonly reload: (signal: NodeJS.Signals) => void;
}

/** Calls the actions as signals come in, until `stop` is called. */
export function watchSignals(source: SignalSource, actions: SignalActions): { stop(): void } {
  let isStopping = false;
  const end = (signal: NodeJS.Signals) => (): void => {
    const act = isStopping ? actions.abort : actions.stop;
    isStopping = true;
    act(signal);
  };
  const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGTERM', end('SIGTERM')],
    ['SIGINT', end('SIGINT')],
    ['SIGUSR1', actions.flush],
    ['SIGHUP', () => actions.reload('SIGHUP')],
    ['SIGUSR2', () => actions.reload('SIGUSR2')],
  ];
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return {
    stop() {
      for (const [signal, listener] of listeners) source.off(signal, listener);
    },
  };
}

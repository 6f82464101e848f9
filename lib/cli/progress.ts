import type { Terminal } from './terminal.ts';

/** How far a long work is. */
export interface Progress {
  /** So many steps, or bytes, more are done. */
  advance(by: number): void;
  /** Takes the bar away for now: what is written next stands on a line of its own. */
  clear(): void;
  /** Takes the bar away for good. */
  finish(): void;
}

/** What a bar says. */
export interface ProgressPlan {
  /** What is being done. */
  readonly label: string;
  /** How many steps, or bytes, there are. */
  readonly total: number;
  /** How an amount is printed. */
  readonly print: (amount: number) => string;
  /** No bar, whoever watches: the output is for a program. */
  readonly isSilent?: boolean;
}

const silent: Progress = { advance() {}, clear() {}, finish() {} };

/** A bar on standard error where a person watches it; elsewhere nothing, and nothing is loaded for it. */
export async function openProgress(terminal: Terminal, plan: ProgressPlan): Promise<Progress> {
  if (!terminal.isInteractive || plan.isSilent === true) return silent;
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    format: `${plan.label} {bar} {percentage}% | {value} of {total} | {eta_formatted} left`,
    formatValue: (value, _options, type) =>
      type === 'value' || type === 'total' ? plan.print(value) : String(value),
    barCompleteChar: '=',
    barIncompleteChar: '-',
    barsize: 30,
    clearOnComplete: true,
    gracefulExit: false,
  });
  let done = 0;
  let isShown = false;
  // A bar that ends puts the cursor back to where it began: nothing may have been written there meanwhile.
  const clear = (): void => {
    if (isShown) bar.stop();
    isShown = false;
  };
  const show = (): void => {
    if (isShown) bar.update(done);
    else bar.start(plan.total, done);
    isShown = true;
  };
  show();
  return {
    advance(by) {
      done += by;
      show();
    },
    clear,
    finish: clear,
  };
}

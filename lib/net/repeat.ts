import type { Clock, Timer } from '../clock.ts';

/** Does `work`, which never rejects, again and again with `intervalMs` between, until `signal` is aborted. It keeps no process alive. */
export function repeat(
  clock: Clock,
  intervalMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
): void {
  let timer: Timer | undefined;
  const arm = (): void => {
    if (signal.aborted) return;
    timer = clock.after(intervalMs, () => void work().finally(arm), { keepAlive: false });
  };
  signal.addEventListener('abort', () => timer?.cancel(), { once: true });
  arm();
}

import { once } from 'node:events';

/** Says that a sender has made all it needs, and waits until it may begin; it ends with who started it. */
export async function startSignal(): Promise<void> {
  process.send?.('ready');
  await once(process, 'message');
  process.channel?.unref();
  process.on('disconnect', () => process.exit());
}

import type { Discovery, FoundServer } from '../../../lib/plugin/contract.ts';
import type { PluginCall } from '../../../lib/plugin/define.ts';
import { type TestContext, testContext } from '../../../lib/testing/test_context.ts';

/** A discovery that can be started, and what it has told. */
export interface TestDiscovery {
  readonly discovery: Discovery;
  readonly context: TestContext;
  readonly lists: (readonly FoundServer[])[];
  /** @throws what the discovery throws */
  start(): Promise<void>;
  stop(): void;
}

/** Makes a discovery on a clock that stands still. */
export function makeDiscovery(call: PluginCall<'discovery'>): TestDiscovery {
  const context = testContext();
  const discovery = call.plugin.create(call.options, context);
  const stopping = new AbortController();
  const lists: (readonly FoundServer[])[] = [];
  return {
    discovery,
    context,
    lists,
    start: () => discovery.start((servers) => void lists.push(servers), stopping.signal),
    stop: () => stopping.abort(),
  };
}

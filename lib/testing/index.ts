export type { TestChunkParticulars } from './test_chunk.ts';
export { testChunk } from './test_chunk.ts';
export { TestClock } from './test_clock.ts';
export type { ErrorEvent, TestContext } from './test_context.ts';
export { testContext } from './test_context.ts';

import assert from 'node:assert/strict';
import { MillraceError } from '../../lib/error.ts';
import { compileTagPattern } from '../../lib/event/tag_pattern.ts';
import type { GoldenCase } from './adaptor.ts';

/** Compiles the pattern and matches the tag. */
export default function matchPatterns(golden: GoldenCase): void {
  const { pattern, tag } = golden.in;
  assert(typeof pattern === 'string' && typeof tag === 'string');
  if (golden.error !== undefined) {
    assert.throws(
      () => compileTagPattern(pattern),
      (error) => error instanceof MillraceError && error.code === 'MR_PATTERN',
    );
    return;
  }
  assert.deepEqual({ match: compileTagPattern(pattern).matches(tag) }, golden.out);
}

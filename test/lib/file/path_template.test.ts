import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import { type PathParts, pathTemplate } from '../../../lib/file/path_template.ts';

const day = 86_400_000;

/** The template with `**` where the index goes, as Fluentd would write it. */
function template(path: string, parts: Partial<PathParts> = {}): string {
  const usual = { append: false, suffix: '.log', compressSuffix: '', timekeyMs: day };
  return pathTemplate({ path, ...usual, ...parts }).join('_**');
}

function isRefused(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MR_OPTION';
}

test('the time is added as fine as the time slices are', () => {
  const added = [1, 59_999, 60_000, 3_599_000, 3_600_000, 6 * 3_600_000, day, 7 * day].map(
    (timekeyMs) => template('/a', { timekeyMs }),
  );
  assert.deepEqual(added, [
    '/a.%Y%m%d%H%M%S_**.log',
    '/a.%Y%m%d%H%M%S_**.log',
    '/a.%Y%m%d%H%M_**.log',
    '/a.%Y%m%d%H%M_**.log',
    '/a.%Y%m%d%H_**.log',
    '/a.%Y%m%d%H_**.log',
    '/a.%Y%m%d_**.log',
    '/a.%Y%m%d_**.log',
  ]);
});

test('a path that has the whole time gets no more of it', () => {
  assert.equal(template('/%Y/%m/%d/a'), '/%Y/%m/%d/a_**.log');
  assert.equal(template('/%Y%m%d%H%M'), '/%Y%m%d%H%M_**.log');
  assert.equal(template('/%Y%m%d/%H', { timekeyMs: 3_600_000 }), '/%Y%m%d/%H_**.log');
});

test('a path that has a part of the time is refused', () => {
  assert.throws(() => template('/%Y%m/a'), isRefused);
  assert.throws(() => template('/%Y%m%d/a', { timekeyMs: 3_600_000 }), isRefused);
});

test('other directives are no time', () => {
  assert.equal(template('/%j/a'), '/%j/a.%Y%m%d_**.log');
});

test('a star stands for the time, and such a path gets no suffix', () => {
  assert.equal(template('/a.*.txt'), '/a.%Y%m%d_**.txt');
  assert.equal(template('/a-*'), '/a-%Y%m%d_**');
  assert.equal(template('/%Y/a.*'), '/%Y/a.%Y%m%d_**');
  assert.equal(template('/a.*.txt', { compressSuffix: '.gz' }), '/a.%Y%m%d_**.txt.gz');
  assert.equal(template('/a.*.txt', { append: true }), '/a.%Y%m%d.txt');
  assert.equal(template('/*/a', { append: true }), '/%Y%m%d/a');
});

test('a star that cannot be filled in is refused', () => {
  assert.throws(() => template('/a.*', { timekeyMs: undefined }), isRefused);
  assert.throws(() => template('/*/a'), isRefused);
});

test('without a time slice there is only the index', () => {
  assert.equal(template('/a', { timekeyMs: undefined }), '/a_**.log');
  assert.equal(template('/a', { timekeyMs: undefined, append: true }), '/a.log');
});

test('suffixes follow the index', () => {
  assert.equal(template('/a', { suffix: '', compressSuffix: '.gz' }), '/a.%Y%m%d_**.gz');
  assert.equal(template('/a', { suffix: 'x' }), '/a.%Y%m%d_**x');
});

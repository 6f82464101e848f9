import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import * as option from '../../../lib/option/declare.ts';
import { anyPlugin, defineFilter, defineParser } from '../../../lib/plugin/define.ts';
import { nested, nestedList } from '../../../lib/plugin/nested.ts';
import { readGiven } from '../../../lib/plugin/read_given.ts';

const parser = defineParser({
  type: 'words',
  doc: 'Splits.',
  options: { separator: option.string({ doc: 's', default: ' ' }) },
  create: () => ({ parse: () => null }),
});

const plugin = defineFilter({
  type: 'sample',
  doc: 'A filter.',
  options: {
    path: option.string({ doc: 'p', required: true }),
    wait: option.duration({ doc: 'w', default: 2000 }),
    parse: nested('parser', { doc: 'p' }),
    others: nestedList('parser', { doc: 'o' }),
    limit: option.section({ rate: option.integer({ doc: 'r', default: 7 }) }, { doc: 'l' }),
    server: option.sections({ host: option.string({ doc: 'h', required: true }) }, { doc: 's' }),
    record: option.free({ doc: 'r' }),
  },
  create: () => (entry) => entry,
});

function read(given: unknown): { readonly [key: string]: unknown } {
  return readGiven(anyPlugin(plugin), given);
}

function refuses(given: unknown, message: string, hint?: string): void {
  assert.throws(
    () => read(given),
    (error) => {
      assert(error instanceof MillraceError && error.code === 'MR_OPTION');
      assert.equal(error.message, message);
      assert.equal(error.hint, hint);
      return true;
    },
  );
}

test('fills in defaults, empty lists and empty maps', () => {
  assert.deepEqual(read({ path: '/a' }), {
    path: '/a',
    wait: 2000,
    parse: undefined,
    others: [],
    limit: undefined,
    server: [],
    record: new Map(),
  });
});

test('reads sections, repeated sections, free sections and nested plugins', () => {
  const parsed = read({
    path: '/a',
    limit: {},
    server: [{ host: 'x' }, { host: 'y' }],
    record: { a: 'b' },
    parse: parser({ separator: ',' }),
    others: [parser({})],
  });
  assert.deepEqual(parsed['limit'], { rate: 7 });
  assert.deepEqual(parsed['server'], [{ host: 'x' }, { host: 'y' }]);
  assert.deepEqual(parsed['record'], new Map([['a', 'b']]));
  assert.deepEqual(parsed['parse'], { plugin: parser, options: { separator: ',' } });
  assert.deepEqual(parsed['others'], [{ plugin: parser, options: { separator: ' ' } }]);
});

test('refuses an unknown key with the nearest one', () => {
  refuses(
    { path: '/a', wiat: 1 },
    '`wiat` is not an option of filter `sample`',
    'did you mean `wait`?',
  );
  refuses({ path: '/a', toString: 1 }, '`toString` is not an option of filter `sample`');
});

test('refuses a missing option, a wrong value and a wrong plugin, naming the option', () => {
  refuses({}, 'filter `sample`: `path` is required');
  refuses(
    { path: '/a', wait: 'soon' },
    'filter `sample`: `wait`: expected a duration such as 500ms, 10s, 1h30m or a number of seconds, not `soon`',
  );
  refuses({ path: '/a', server: [{}] }, 'filter `sample`: `server`: `host` is required');
  refuses({ path: '/a', server: {} }, 'filter `sample`: `server`: expected a list');
  refuses(
    { path: '/a', parse: plugin({ path: '/b' }) },
    'filter `sample`: `parse`: expected a plugin of kind parser, called with its options',
  );
  refuses({ path: '/a', record: 'x' }, 'filter `sample`: `record`: expected an object of texts');
  refuses('x', 'filter `sample`: expected an object of options');
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { MillraceError } from '../../../lib/error.ts';
import type { EventRecord } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { anyPlugin, defineFilter } from '../../../lib/plugin/define.ts';
import {
  compileExtract,
  type Extracted,
  type ExtractOptions,
  extractSection,
} from '../../../lib/plugin/extract.ts';
import { readGiven } from '../../../lib/plugin/read_given.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

const holder = anyPlugin(
  defineFilter({
    type: 'holder',
    doc: '',
    options: { extract: extractSection },
    create: () => (entry) => entry,
  }),
);

function extract(given: unknown, record: EventRecord): Extracted {
  const options = readGiven(holder, { extract: given })['extract'] as ExtractOptions | undefined;
  return compileExtract(options, testContext())(record);
}

test('takes tag and time out of the record', () => {
  assert.deepEqual(extract({ tagKey: 'g', timeKey: 't' }, { g: 7, t: 5.25, a: 1 }), {
    tag: '7',
    time: new EventTime(5, 250_000_000),
    record: { a: 1 },
  });
});

test('leaves them there when told so', () => {
  const record = { g: 'app', t: '2024-02-03T04:05:06Z' };
  const given = {
    tagKey: 'g',
    keepTagKey: true,
    timeKey: 't',
    keepTimeKey: true,
    timeType: 'string',
  };
  assert.deepEqual(extract(given, record), {
    tag: 'app',
    time: new EventTime(1_706_933_106, 0),
    record,
  });
});

test('gives nothing where there is nothing', () => {
  const record = { a: 1 };
  assert.deepEqual(extract({ tagKey: 'g', timeKey: 't' }, record), {
    tag: undefined,
    time: undefined,
    record,
  });
  assert.equal(extract(undefined, record).record, record);
});

test('throws when the time field holds no time', () => {
  assert.throws(
    () => extract({ timeKey: 't' }, { t: 'soon' }),
    (error) => error instanceof MillraceError && error.code === 'MR_TIME',
  );
});

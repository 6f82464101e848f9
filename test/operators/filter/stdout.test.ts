import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import { filterLaws } from '../../../lib/testing/laws/filter_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import stdout from '../../../operators/filter/stdout.ts';
import avro from '../../../operators/formatter/avro.ts';
import json from '../../../operators/formatter/json.ts';

filterLaws(stdout, { inject: { tagKey: 'tag' } }, { test });

test('prints each event and passes it on unchanged', () => {
  const context = testContext();
  const filter = context.make(stdout({ format: json({}), inject: { tagKey: 'tag' } }));
  const entry = { time: new EventTime(1, 2), record: { a: 1 } };
  assert.equal(filter(entry, 'app'), entry);
  assert.deepEqual(context.printed, ['{"a":1,"tag":"app"}\n']);
});

test('refuses a formatter that makes files', () => {
  const format = avro({ schema: { type: 'record', name: 'R', fields: [] } });
  assert.throws(
    () => testContext().make(stdout({ format })),
    /filter `stdout` cannot use formatter `avro`/,
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { EventTime } from '../../../lib/event/time.ts';
import * as option from '../../../lib/option/declare.ts';
import { defineFilter, defineOutput, defineParser } from '../../../lib/plugin/define.ts';
import { nested } from '../../../lib/plugin/nested.ts';
import { testContext } from '../../../lib/testing/test_context.ts';

const parser = defineParser({
  type: 'same',
  doc: 'Gives what it got.',
  options: { key: option.string({ doc: 'k', default: 'message' }) },
  create: ({ key }) => ({
    parse: (text) => [{ time: null, record: { [key]: String(text) } }],
  }),
});

test('is data and a constructor at once', () => {
  const output = defineOutput({
    type: 'sink',
    doc: 'Takes all.',
    options: {},
    buffer: { store: 'file', chunkKeys: ['time'] },
    create: () => ({ write: async () => {} }),
  });
  assert.equal(output.kind, 'output');
  assert.equal(output.type, 'sink');
  assert.deepEqual(output.buffer, { store: 'file', chunkKeys: ['time'] });
  assert.deepEqual(output({}), { plugin: output, options: {} });
});

test('nests as a value and is made by the context', () => {
  const filter = defineFilter({
    type: 'reparse',
    doc: 'Parses a field.',
    options: { parse: nested('parser', { doc: 'p', required: true }) },
    create: ({ parse }, context) => {
      const made = context.make(parse);
      return (entry) => {
        const record = made.parse(String(entry.record['log']))?.[0]?.record ?? {};
        return { time: entry.time, record };
      };
    },
  });
  const call = filter({ parse: parser({ key: 'm' }) });
  const made = testContext().make(call);
  const time = new EventTime(1, 2);
  assert.deepEqual(made({ time, record: { log: 'x' } }, 'app'), { time, record: { m: 'x' } });
  // @ts-expect-error the parser is required
  assert.throws(() => filter({}), /filter `reparse`: `parse` is required/);
});

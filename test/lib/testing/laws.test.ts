import assert from 'node:assert/strict';
import test from 'node:test';
import { delay } from '../../../lib/clock.ts';
import { entriesBatch } from '../../../lib/codec/batch.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { string } from '../../../lib/option/declare.ts';
import type {
  Filter,
  Input,
  Operator,
  Output,
  Parser,
  Route,
} from '../../../lib/plugin/contract.ts';
import {
  defineFilter,
  defineFormatter,
  defineInput,
  defineOperator,
  defineOutput,
  defineParser,
  defineRoute,
} from '../../../lib/plugin/define.ts';
import { entry } from '../../../lib/testing/event.ts';
import { filterLaws } from '../../../lib/testing/laws/filter_laws.ts';
import { formatterLaws } from '../../../lib/testing/laws/formatter_laws.ts';
import { inputLaws } from '../../../lib/testing/laws/input_laws.ts';
import type { TestFunction } from '../../../lib/testing/laws/law.ts';
import { operatorLaws } from '../../../lib/testing/laws/operator_laws.ts';
import { outputLaws } from '../../../lib/testing/laws/output_laws.ts';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { routeLaws } from '../../../lib/testing/laws/route_laws.ts';
import type { TestContext } from '../../../lib/testing/test_context.ts';

/** The laws that are broken, by what they say. */
async function broken(declare: (test: TestFunction) => void): Promise<readonly string[]> {
  const laws: [string, () => Promise<void> | void][] = [];
  declare((name, run) => laws.push([name, run]));
  assert(laws.length >= 4, 'the suite declares its laws');
  const names: string[] = [];
  for (const [name, run] of laws) {
    try {
      await run();
    } catch (error) {
      assert(error instanceof Error);
      names.push(`${name.replace(/^law: \w+ /, '')}: ${error.message.split('\n')[0]}`);
    }
  }
  return names;
}

const doc = 'For tests.';
const options = {};

function filtersBroken(filter: Filter, changesTime = false): Promise<readonly string[]> {
  const plugin = defineFilter({ type: 'tested', doc, options, create: () => filter });
  return broken((fake) => filterLaws(plugin, {}, { test: fake, changesTime }));
}

test('the laws of filters find one that changes its records', async () => {
  const names = await filtersBroken((entry) => {
    Object.defineProperty(entry.record, 'seen', { value: true, enumerable: true });
    return entry;
  });
  assert.match(names.join('\n'), /does not change the events.*: events were changed/);
  assert.deepEqual(await filtersBroken((entry) => entry), []);
});

test('the laws of filters find one that throws no errors, or gives what is no entry', async () => {
  const thrown = await filtersBroken(() => {
    throw 'a text';
  });
  assert.match(thrown.join('\n'), /no Error: a text/);
  const given = await filtersBroken(({ time }) => ({ time, record: { at: new Date(0) } as never }));
  assert.match(given.join('\n'), /record\.at is an object of a class/);
});

test('the laws of filters find one that forgets nanoseconds, or counts', async () => {
  const forgetful: Filter = ({ time, record }) => ({ time: new EventTime(time.sec, 0), record });
  assert.match((await filtersBroken(forgetful)).join(), /keeps times to the nanosecond/);
  assert.deepEqual(await filtersBroken(forgetful, true), []);
  let n = 0;
  const counting: Filter = ({ time }) => ({ time, record: { n: n++ } });
  assert.match((await filtersBroken(counting)).join(), /makes the same of the same events/);
});

function parsersBroken(parse: Parser['parse']): Promise<readonly string[]> {
  const plugin = defineParser({ type: 'tested', doc, options, create: () => ({ parse }) });
  return broken((fake) => parserLaws(plugin, {}, { test: fake, samples: ['a=1'] }));
}

test('the laws of parsers find state, changed bytes and what is no record', async () => {
  let last = '';
  const stateful = await parsersBroken((input) => {
    const entry = { time: null, record: { last } };
    last = String(input).slice(0, 9);
    return [entry];
  });
  assert.match(stateful.join('\n'), /whatever came before/);
  const changing = await parsersBroken((input) => {
    if (typeof input !== 'string' && input.length > 0) input[0] = 1;
    return [{ time: null, record: {} }];
  });
  assert.match(changing.join('\n'), /does not change the bytes/);
  const reading = await parsersBroken((input) => {
    const text = Buffer.from(input).toString();
    if (!/^[{[]/.test(text)) return [{ time: null, record: { text } }];
    const record = {};
    Object.assign(record, JSON.parse(text));
    return [{ time: null, record }];
  });
  assert.match(reading.join('\n'), /its prototype was changed/);
  assert.match((await parsersBroken(() => null)).join('\n'), /it does not read a=1/);
});

test('the laws of formatters find one that depends on what came before', async () => {
  let n = 0;
  const plugin = defineFormatter({ type: 'tested', doc, options, create: () => () => `${n++}` });
  const names = await broken((fake) => formatterLaws(plugin, {}, { test: fake }));
  assert.match(names.join('\n'), /whatever came before/);
});

function operatorsBroken(
  make: (clock: Parameters<typeof delay>[0]) => Operator,
): Promise<readonly string[]> {
  const create: Parameters<typeof defineOperator>[0]['create'] = (_, { clock }) => make(clock);
  const plugin = defineOperator({ type: 'tested', doc, options, create });
  return broken((fake) => operatorLaws(plugin, {}, { test: fake }));
}

test('the laws of operators find one that loses a batch, or settles twice', async () => {
  const passing = await operatorsBroken(() => (source) => source);
  assert.deepEqual(passing, []);
  const losing = await operatorsBroken(
    () =>
      async function* (source) {
        let n = 0;
        for await (const batch of source) if (n++ !== 1) yield batch;
      },
  );
  assert.match(losing.join('\n'), /deliveries were not settled/);
  const eager = await operatorsBroken(
    () =>
      async function* (source) {
        for await (const batch of source) {
          batch.delivery.ack();
          yield batch;
        }
      },
  );
  assert.match(eager.join('\n'), /settled twice/);
  const deaf = await operatorsBroken(
    () =>
      async function* (source) {
        for await (const batch of source) {
          batch.delivery.ack();
          yield entriesBatch(batch.tag, batch.entries());
        }
      },
  );
  assert.match(deaf.join('\n'), /no source heard/);
});

test('the laws of operators find one that does not hear of its end', async () => {
  const slow =
    (isListening: boolean) =>
    (clock: Parameters<typeof delay>[0]): Operator =>
      async function* (source, signal) {
        for await (const batch of source) {
          yield batch;
          await delay(clock, 60_000, isListening ? signal : undefined);
        }
      };
  assert.deepEqual(await operatorsBroken(slow(true)), []);
  assert.match((await operatorsBroken(slow(false))).join(), /goes on after its signal/);
});

test('the laws of inputs find one that does not stop, or goes on afterwards', async () => {
  const inputsBroken = (run: Input['run']): Promise<readonly string[]> => {
    const plugin = defineInput({ type: 'tested', doc, options, create: () => ({ run }) });
    return broken((fake) => inputLaws(plugin, {}, { test: fake }));
  };
  const batch = () => entriesBatch('app', [{ time: new EventTime(1, 2), record: {} }]);
  const good = await inputsBroken(async (emit, signal) => {
    if (signal.aborted) return;
    await emit(batch());
  });
  assert.deepEqual(good, []);
  const endless = await inputsBroken(async (emit) => {
    await emit(batch());
    await new Promise(() => {});
  });
  assert.equal(endless.filter((name) => name.includes('goes on 10000 ms')).length, 4);
});

test('the laws of outputs find a write that resolves too early, or never hears of its end', async () => {
  let arrived = 0;
  const outputsBroken = (write: Output['write']): Promise<readonly string[]> => {
    const plugin = defineOutput({ type: 'tested', doc, options, create: () => ({ write }) });
    return broken((fake) =>
      outputLaws(plugin, {}, { test: fake, arrived: () => arrived, unreachable: {} }),
    );
  };
  const early = await outputsBroken(async () => {
    setImmediate(() => {
      arrived += 1;
    });
  });
  assert.match(early.join('\n'), /write resolved, and nothing had arrived/);
  assert.match(early.join('\n'), /rejects a write that cannot arrive/);
});

test('the laws of routes find one that loses a batch, and one that sends a batch elsewhere next time', async () => {
  const routesBroken = (create: () => Route): Promise<readonly string[]> => {
    const plugin = defineRoute({ type: 'tested', doc, options, create });
    return broken((fake) => routeLaws(plugin, {}, { test: fake }));
  };
  assert.deepEqual(await routesBroken(() => (batch) => [{ branch: 1, batch }]), []);
  const losing = await routesBroken(() => () => []);
  assert.match(losing.join('\n'), /deliveries were not settled/);
  const lost = await routesBroken(() => (batch) => [{ branch: 2, batch }]);
  assert.match(lost.join('\n'), /there is no branch 2 among 2/);
  const restless = await routesBroken(() => {
    let n = 0;
    return (batch) => [{ branch: n++ % 2, batch }];
  });
  assert.match(restless.join('\n'), /offered again to where it went/);
  const twice = await routesBroken(() => (batch) => [
    { branch: 0, batch },
    { branch: 1, batch },
  ]);
  assert.match(twice.join('\n'), /two branches get one origin/);
  assert.match(twice.join('\n'), /settled twice/);
});

test('options may be made before each law, and what they name is cleaned up after it', async () => {
  const seen: string[] = [];
  const plugin = defineInput({
    type: 'tested',
    doc,
    options: { name: string({ doc, required: true }) },
    create: ({ name }, { log }) => ({
      async run(emit, signal) {
        seen.push(name);
        log.info('ready', { name });
        if (!signal.aborted) await emit(entriesBatch(name, [entry({})]));
      },
    }),
  });
  let made = 0;
  const settings = {
    stimulate: async ({ logged }: TestContext) =>
      void seen.push(`${(await logged('ready')).fields['name']}`),
    cleanUp: () => void seen.push('cleaned'),
  };
  const names = await broken((fake) =>
    inputLaws(plugin, async () => ({ name: `n${made++}` }), { test: fake, ...settings }),
  );
  assert.deepEqual(names, []);
  const [one, two, three, four] = [0, 1, 2, 3].map((n) => `n${n}`);
  const unasked = [three, 'cleaned'];
  assert.deepEqual(seen, [
    one,
    one,
    'cleaned',
    two,
    two,
    'cleaned',
    ...unasked,
    four,
    four,
    'cleaned',
  ]);
});

test('laws need a `test`, given or global', () => {
  const plugin = defineFilter({ type: 'tested', doc, options, create: () => (entry) => entry });
  assert.throws(() => filterLaws(plugin), /there is no global `test`/);
});

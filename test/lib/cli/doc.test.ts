import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { doc } from '../../../lib/cli/doc.ts';
import { plugins } from '../../../lib/cli/plugins.ts';
import { MillraceError } from '../../../lib/error.ts';
import { testTerminal } from './test_terminal.ts';

const root = new URL('../../../lib', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'millrace-doc-'));
after(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, 'output'));
mkdirSync(join(folder, 'filter'));
writeFileSync(
  join(folder, 'output/pigeon.mjs'),
  `import { defineOutput } from '${root}/plugin/define.ts';
   import * as option from '${root}/option/declare.ts';
   import { nested } from '${root}/plugin/nested.ts';
   export default defineOutput({
     type: 'pigeon',
     doc: 'Sends chunks by pigeon.',
     options: {
       loft: option.string({ doc: 'Where the pigeons live.', required: true, aliases: ['homeLoft'] }),
       flightTimeout: option.duration({ doc: 'How long to wait.', default: 90_000 }),
       password: option.string({ doc: 'The word.', secret: true }),
       bird: option.sections({ name: option.string({ doc: 'Its name.' }) }, { doc: 'A bird.' }),
       format: nested('formatter', { doc: 'How a letter is written.', default: 'json' }),
       record: option.free({ doc: 'Words to add.' }),
     },
     create: () => ({ write: async () => {} }),
   });`,
);
writeFileSync(
  join(folder, 'filter/pigeon.mjs'),
  `import { defineFilter } from '${root}/plugin/define.ts';
   export default defineFilter({
     type: 'pigeon', doc: 'Lets pigeons pass.', options: {}, create: () => (entry) => entry,
   });`,
);
const own = { plugin: [folder] };

test('prints every option in snake_case with type, default and doc, sections indented', async () => {
  const terminal = testTerminal();
  assert.equal(await doc('pigeon', { ...own, kind: 'output' }, terminal), 0);
  const rows = terminal
    .outText()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  assert.equal(rows[0]?.[0], 'output pigeon');
  assert.deepEqual(rows.slice(4, 13), [
    ['OPTION', 'TYPE', 'DEFAULT'],
    ['loft', 'string', '(required)', 'Where the pigeons live. Also: home_loft.'],
    ['flight_timeout', 'duration', '90s', 'How long to wait.'],
    ['password', 'string', 'The word. Never printed.'],
    ['<bird>', 'section, repeated', 'A bird.'],
    ['', 'name', 'string', 'Its name.'],
    ['<format>', 'formatter', 'json', 'How a letter is written.'],
    ['<record>', 'section', 'Words to add.'],
    [''],
  ]);
});

test('prints every kind of the type unless one is asked for', async () => {
  const terminal = testTerminal();
  await doc('pigeon', own, terminal);
  assert.match(terminal.outText(), /^filter pigeon\n\nLets pigeons pass\.\n\nIt has no options\./);
  assert.match(terminal.outText(), /\noutput pigeon\n/);
});

test('an unknown type is an error with the nearest name', async () => {
  await assert.rejects(
    doc('pidgeon', own, testTerminal()),
    (error) => error instanceof MillraceError && error.hint === 'did you mean `pigeon`?',
  );
});

test('prints a JSON Schema that says the same', async () => {
  const terminal = testTerminal();
  await doc('pigeon', { ...own, kind: 'output', json: true }, terminal);
  assert.deepEqual(JSON.parse(terminal.outText()), {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'output pigeon',
    description: 'Sends chunks by pigeon.',
    type: 'object',
    properties: {
      '@type': { const: 'pigeon' },
      loft: { type: 'string', description: 'Where the pigeons live.' },
      home_loft: { type: 'string', description: 'Where the pigeons live.', deprecated: true },
      flight_timeout: {
        type: ['string', 'number'],
        examples: ['500ms', '10s', '1h30m'],
        description: 'How long to wait.',
        default: '90s',
      },
      password: { type: 'string', writeOnly: true, description: 'The word.' },
      bird: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string', description: 'Its name.' } },
          additionalProperties: false,
          description: 'A bird.',
        },
      },
      format: {
        type: 'object',
        description: 'How a letter is written.',
        properties: {
          '@type': { type: 'string', description: 'The type of a formatter.', default: 'json' },
        },
      },
      record: {
        type: 'object',
        description: 'Words to add.',
        additionalProperties: { type: 'string' },
      },
    },
    additionalProperties: false,
    required: ['@type', 'loft'],
  });
});

test('lists every plugin with kind, type and doc', async () => {
  const terminal = testTerminal();
  assert.equal(await plugins(own, terminal), 0);
  assert.match(terminal.outText(), /^KIND +TYPE +WHAT IT DOES\n/);
  assert.match(terminal.outText(), /^output +pigeon +Sends chunks by pigeon\.$/m);
  assert.match(terminal.outText(), /^filter +pigeon +Lets pigeons pass\.$/m);
});

test('lists the same as JSON', async () => {
  const terminal = testTerminal();
  await plugins({ ...own, json: true }, terminal);
  const listed: unknown = JSON.parse(terminal.outText());
  assert(Array.isArray(listed));
  const pigeons = listed.filter(({ type }) => type === 'pigeon');
  assert.deepEqual(pigeons, [
    { kind: 'filter', type: 'pigeon', doc: 'Lets pigeons pass.' },
    { kind: 'output', type: 'pigeon', doc: 'Sends chunks by pigeon.' },
  ]);
});

test('documents the sections that belong to no plugin', async () => {
  const buffer = testTerminal();
  await doc('buffer', own, buffer);
  assert.match(buffer.outText(), /^section buffer\n/);
  assert.match(buffer.outText(), /^flush_interval +duration +1m +/m);
  const system = testTerminal();
  await doc('system', { ...own, json: true }, system);
  const schema = JSON.parse(system.outText());
  assert.equal(schema.title, 'section system');
  assert.equal(schema.properties['@type'], undefined);
  assert(Object.hasOwn(schema.properties, 'log_level'));
});

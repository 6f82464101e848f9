import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { useDefault } from '../../../lib/config/element.ts';
import { parseYaml } from '../../../lib/config/yaml.ts';
import { contextWith, folderWith, plain } from './reading.ts';

const env = { NAME: 'ann', PIN: '0123' };

const read = (text: string) => parseYaml(text, 'app.yaml', contextWith(env));

/** The attributes of one source, or a failure that names the faults. */
async function attributesOf(lines: string): Promise<Map<string, unknown>> {
  const { root, faults } = await read(`config:\n  - source:\n${lines.replace(/^/gm, '      ')}\n`);
  assert.deepEqual(
    faults.map(({ message }) => message),
    [],
  );
  return new Map([...(root.elements[0]?.attributes ?? [])].map(([key, { value }]) => [key, value]));
}

async function findingsIn(text: string, severity: 'faults' | 'warnings'): Promise<string[]> {
  const found = (await read(text))[severity];
  return found.map(({ at, message }) => `${at?.line}:${at?.column} ${message}`);
}

test('makes the sections that the same configuration in v1 syntax has', async () => {
  const { root, faults, warnings } = await read(`
system:
  workers: 2
  log: {format: json}
config:
  - source:
      port: 24224
      $id: in
      $type: forward
      transport:
        $arg: tls
        version: TLSv1_2
  - label:
      $name: '@X'
      config:
        - match:
            $tag: [a.*, b.**]
            $type: copy
            store:
              - $type: stdout
              - $type: file
                $arg: ignore_error
                buffer:
                  $arg: [tag, time]
  - worker:
      $arg: 0-1
      config: []
`);
  assert.deepEqual([faults, warnings], [[], []]);
  const section = (name: string, arg: string, attributes: object, elements: unknown[] = []) => ({
    name,
    arg,
    attributes,
    elements,
  });
  assert.deepEqual(plain(root).elements, [
    section('system', '', { workers: 2 }, [section('log', '', { format: 'json' })]),
    section('source', '', { '@type': 'forward', '@id': 'in', port: 24224 }, [
      section('transport', 'tls', { version: 'TLSv1_2' }),
    ]),
    section('label', '@X', {}, [
      section('match', 'a.* b.**', { '@type': 'copy' }, [
        section('store', '', { '@type': 'stdout' }),
        section('store', 'ignore_error', { '@type': 'file' }, [section('buffer', 'tag,time', {})]),
      ]),
    ]),
    section('worker', '0-1', {}),
  ]);
});

test('knows the place of keys and values', async () => {
  const { root } = await read(
    'config:\n  - match:\n      $tag:  a.*\n      port: 1\n      empty:\n',
  );
  const [match] = root.elements;
  const [port, empty] = ['port', 'empty'].map((key) => match?.attributes.get(key));
  assert.deepEqual(
    [match?.at, match?.argAt, port?.keyAt, port?.valueAt].map((at) => [
      at?.line,
      at?.column,
      at?.length,
    ]),
    [
      [2, 5, 5],
      [3, 14, 3],
      [4, 7, 4],
      [4, 13, 1],
    ],
  );
  assert.deepEqual([empty?.valueAt.line, empty?.valueAt.source], [5, '      empty:']);
});

test('values keep their types, and lists of scalars are lists', async () => {
  const attributes = await attributesOf(
    'i: 1\nf: 1.5\nb: yes\nn: ~\ns: "1"\nbig: 12345678901234567890\nl: [1, a, {k: [true]}]\n1: x\n__proto__: y',
  );
  assert.deepEqual(
    [...attributes],
    [
      ['i', 1],
      ['f', 1.5],
      ['b', true],
      ['n', null],
      ['s', '1'],
      ['big', 12345678901234567890n],
      ['l', [1, 'a', { k: [true] }]],
      ['1', 'x'],
      ['__proto__', 'y'],
    ],
  );
});

test('evaluates Ruby after !fluent/s only', async () => {
  const attributes = await attributesOf(
    [
      'a: !fluent/s "#{ENV[\'NAME\']}-#{hostname}\\n"',
      'b: !fluent/s "#{use_nil}"',
      'c: !fluent/s x#{use_default}',
      "d: !fluent/s '\\t\\u0041'",
      'e: "#{hostname}"',
    ].join('\n'),
  );
  assert.deepEqual([...attributes.values()], ['ann-box\n', null, useDefault, '\tA', '#{hostname}']);
  assert.deepEqual(await findingsIn('config:\n  - source:\n      a: "#{hostname}"\n', 'warnings'), [
    '3:10 `#{` has no effect here',
  ]);
});

test('makes JSON text after !fluent/json, with its keys in order and floats as floats', async () => {
  const attributes = await attributesOf(
    'a: !fluent/json {b: 1.0, 2: [x, ~], 1: "é"}\nb: !fluent/json 7',
  );
  assert.deepEqual([...attributes.values()], ['{"b":1.0,"2":["x",null],"1":"é"}', '7']);
});

test('replaces ${env:...} but in single quotes, and keeps what it holds a text', async () => {
  const attributes = await attributesOf(
    'a: ${env:NAME}\nb: x/${env:PIN}\nc: ${env:PIN}\nd: \'${env:NAME}\'\ne: "${env:NO:-d}"\nf: |\n  ${env:NAME}',
  );
  assert.deepEqual(
    [...attributes.values()],
    ['ann', 'x/0123', '0123', '${env:NAME}', 'd', 'ann\n'],
  );
});

test('merges anchors, and uses one anchor many times without changing it', async () => {
  const { root, faults } = await read(
    'config:\n  - source: &d {$type: t, a: 1}\n  - source: {<<: *d, a: 2}\n  - source: *d\n  - source: {a: 3, <<: [*d, {a: 9, c: 4}]}\n',
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(
    plain(root).elements.map(({ attributes }) => attributes),
    [
      { '@type': 't', a: 1 },
      { '@type': 't', a: 2 },
      { '@type': 't', a: 1 },
      { '@type': 't', a: 1, c: 4 },
    ],
  );
});

test('includes lists of sections, each file relative to the one that includes it', async (t) => {
  const folder = folderWith(t, {
    'd/a.yaml': '- source: {$type: a}\n- !include b.yaml\n',
    'd/b.yaml': '- source: {$type: b}\n',
    'd/stores.yaml': '- {$type: one}\n- {$type: two}\n',
    'd/empty.yaml': '# nothing\n',
    'map.yaml': 'source: {$type: x}\n',
  });
  const readHere = (text: string) => parseYaml(text, join(folder, 'app.yaml'), contextWith());
  const { root, faults } = await readHere(
    "config:\n  - !include d/[a].yaml\n  - !include d/empty.yaml\n  - match: {$tag: '**', store: !include d/stores.yaml}\n",
  );
  assert.deepEqual(faults, []);
  const types = root.elements.map(({ attributes }) => attributes.get('@type')?.value);
  assert.deepEqual(types, ['a', 'b', undefined]);
  assert.deepEqual(
    root.elements[2]?.elements.map(({ attributes }) => attributes.get('@type')?.value),
    ['one', 'two'],
  );
  const wrong = await readHere('config: !include map.yaml\n');
  assert.deepEqual(
    wrong.faults.map(({ message }) => message),
    ['an included file without a list'],
  );
  const missing = await readHere('config: !include none.yaml\n');
  assert.deepEqual([missing.faults.length, missing.warnings.length], [0, 1]);
});

test('reports every fault with its place, and reads the rest', async () => {
  const text = `config:
  - source:
      $type: tail
      a: \${env:NOWHERE}
      b: !fluent/s "x#{Time.now}"
      c: *nowhere
      d: 1
  - matc:
      $tag: x
  - filter: text
  - label:
      $name: '@X'
`;
  assert.deepEqual(await findingsIn(text, 'faults'), [
    '4:10 environment variable NOWHERE is not set',
    '5:22 `#{Time.now}` is Ruby that Millrace does not run',
    '6:10 there is no anchor `&nowhere`',
    '8:5 `matc` is no section of a configuration',
    '10:13 `filter` is no mapping',
    '11:5 `label` without `config`',
  ]);
  const { root, faults } = await read(text);
  assert.equal(faults[3]?.hint, 'did you mean `match`?');
  assert.deepEqual([...(root.elements[0]?.attributes.keys() ?? [])], ['@type', 'd']);
  assert.deepEqual(
    root.elements.map(({ isDamaged }) => isDamaged),
    [true, true, true],
  );
});

test('what is not YAML is a fault with its place', async () => {
  assert.deepEqual(await findingsIn('config:\n  - source:\n\ta: 1\n', 'faults'), [
    '3:1 not YAML: Tabs are not allowed as indentation',
  ]);
  for (const text of [
    '',
    '# c\n',
    '- a\n',
    'text',
    'config: text',
    'config:\n  - text\n',
    'a: {',
  ]) {
    assert.equal((await read(text)).faults.length > 0, true, JSON.stringify(text));
  }
  assert.equal((await read(`config: ${'['.repeat(50_000)}`)).faults.length > 0, true);
});

test('no sections at all are no fault', async () => {
  for (const text of [
    '{}',
    'config:',
    'config: []',
    'config: {}',
    'system:',
    'config:\n  - source:\n',
  ]) {
    const { root, faults } = await read(text);
    assert.deepEqual([root.elements, faults], [[], []], text);
  }
});

test('a pattern without quotes gets a hint', async () => {
  const faultOf = async (tag: string) =>
    (await read(`config:\n  - match:\n      $tag: ${tag}\n`)).faults[0];
  assert.equal((await faultOf('*'))?.at?.line, 3);
  assert.equal((await faultOf('*.b'))?.hint, 'a text that begins with `*` needs quotes');
  assert.deepEqual(await findingsIn('config:\n  - match:\n      $tag: {a,b}\n', 'warnings'), [
    '3:13 the argument of `match` is a mapping, and matches nothing',
  ]);
});

test('warns of what has no effect', async () => {
  assert.deepEqual(
    await findingsIn(
      'sytem: {}\nconfig:\n  - source:\n      a: !fluent/z x\n      b: []\n  - label: {$name: "@X", $id: x, config: []}\n---\nconfig: []\n',
      'warnings',
    ),
    [
      '7:1 only the first YAML document is read',
      '4:20 the tag `!fluent/z` is unknown and has no effect',
      '1:1 `sytem` has no effect here',
      '5:7 `b` counts as not given, because its list is empty',
      '6:26 `$id` has no effect in `label`',
    ],
  );
});

test('aliases of aliases end at a limit', async () => {
  let text = 'a0: &a0 [x, x]\n';
  for (let level = 1; level < 40; level += 1) {
    text += `a${level}: &a${level} [*a${level - 1}, *a${level - 1}]\n`;
  }
  assert.deepEqual(
    (await read(text)).faults.map(({ message }) => message),
    ['too much in one configuration'],
  );
  const { faults } = await read('config: &c\n  - source: {a: *c}\n');
  assert(faults.some(({ message }) => message === 'nested too deeply'));
});

test('any text is read without an exception, and every fault has a place in it', async () => {
  const piece = fc.constantFrom(
    ...[
      'config:',
      'source:',
      'match:',
      '$tag: ',
      '$type: ',
      'label:',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
    ],
    ...[
      'a: ',
      '1',
      '*x',
      '&x ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '|',
      '!fluent/s ',
      '#{',
      '}',
      '# ',
    ],
    ...[
      '!fluent/json ',
      '!include ',
      '<<: ',
      '${env:',
      '${env:NAME}',
      '---\n',
      '? ',
      '\t',
      'system:',
    ],
  );
  const absent = (): never => {
    throw Object.assign(new Error('absent'), { code: 'ENOENT' });
  };
  const alone = { ...contextWith(env), glob: () => [], readFile: absent };
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const text = pieces.join('');
      const lines = text.split(/\r\n|\r|\n/);
      for (const { at } of (await parseYaml(text, 'app.yaml', alone)).faults) {
        assert(at !== undefined);
        assert.equal(lines[at.line - 1], at.source);
        assert(at.column >= 1 && at.column <= at.source.length + 1 && at.length >= 1);
      }
    }),
    { numRuns: 1000 },
  );
});

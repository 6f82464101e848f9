import assert from 'node:assert/strict';
import test from 'node:test';
import { parseConfig } from '../../../lib/config/parse.ts';
import { attributesOf, contextWith, read } from './reading.ts';

const env = { NAME: 'ann', EMPTY: '', COUNT: '41', KEY: 'NAME' };

function evaluate(code: string): unknown {
  return (attributesOf(`k "#{${code}}"`, env) as { k: unknown }).k;
}

test('evaluates the Ruby that configurations use', () => {
  const cases: [code: string, value: unknown][] = [
    [`ENV['NAME']`, 'ann'],
    [`ENV["NAME"]`, 'ann'],
    [`ENV['NOWHERE']`, ''],
    [`ENV['NOWHERE'] || 'x'`, 'x'],
    [`ENV['EMPTY'] || 'x'`, ''],
    [`ENV['NOWHERE'] || ENV["NAME"] || use_nil`, 'ann'],
    [`ENV['NOWHERE'] || ENV["NOWHERE"] || use_nil`, null],
    [`ENV['NAME'] || use_default`, 'ann'],
    [`ENV['NOWHERE'] || use_default`, '<default>'],
    [`ENV.fetch('NAME')`, 'ann'],
    [`ENV.fetch('NAME', 'x')`, 'ann'],
    [`ENV.fetch("NOWHERE", "x")`, 'x'],
    [`ENV.fetch('NOWHERE') { 'x' }`, 'x'],
    [`ENV[ENV['KEY']]`, 'ann'],
    [`ENV['NAME'] + "-#{hostname}"`, 'ann-box'],
    ['hostname', 'box'],
    ['Socket.gethostname', 'box'],
    [' worker_id ', '0'],
    ['worker_id.to_i + 24224', '24224'],
    [`ENV['COUNT'].to_i + 1`, '42'],
    ['1 + 2 * 3 - 10 / 3', '4'],
    ['(1 + 2) * -3', '-9'],
    ['-7 / 2', '-4'],
    ['-7 % 3', '2'],
    [`' Ab '.strip.upcase`, 'AB'],
    [`"}\\n"`, '}\n'],
    ['nil', ''],
    ['true', 'true'],
    ['', ''],
    ['use_nil', null],
    ['use_default', '<default>'],
  ];
  for (const [code, value] of cases) assert.equal(evaluate(code), value, code);
});

test('use_nil and use_default take the whole value, and nil wins', () => {
  assert.deepEqual(
    attributesOf('a "x#{use_nil}"\nb "#{use_default}x"\nc "#{use_default}#{use_nil}"'),
    {
      a: null,
      b: '<default>',
      c: null,
    },
  );
});

test('worker_id is an empty text where no worker is chosen', () => {
  const context = { ...contextWith(), workerId: undefined };
  const { root } = parseConfig('k "w#{worker_id}"', 'app.conf', context);
  assert.equal(root.attributes.get('k')?.value, 'w');
});

test('warns of code that has no value', () => {
  const { root, warnings } = read(`k "a#{ENV['NOWHERE']}"`);
  assert.equal(root.attributes.get('k')?.value, 'a');
  assert.deepEqual(
    warnings.map(({ message, at }) => [message, at?.column, at?.length]),
    [["`#{ENV['NOWHERE']}` has no value and counts as an empty text", 5, 17]],
  );
});

test('other Ruby is refused by name, with what is known', () => {
  const cases: [code: string, hint: RegExp][] = [
    ['Time.now', /it knows ENV, ENV\.fetch/],
    ['`id`', /it knows/],
    ['hostnme', /did you mean `hostname`/],
    [`File.read('/etc/passwd')`, /it knows/],
    [`ENV['X'].unknown`, /it knows/],
    ['constructor', /it knows/],
    [`'a'.constructor`, /it knows/],
    ['1.5', /it knows/],
    ['[1].map { |x| x }', /it knows/],
  ];
  for (const [code, hint] of cases) {
    const { faults } = read(`k "a#{${code}}b"\nz 1`);
    assert.equal(faults.length, 1, code);
    assert.equal(faults[0]?.message, `\`#{${code}}\` is Ruby that Millrace does not run`);
    assert.match(faults[0]?.hint ?? '', hint);
    assert.deepEqual([faults[0]?.at?.column, faults[0]?.at?.length], [5, code.length + 3]);
  }
});

test('what cannot be evaluated is a fault', () => {
  const messageOf = (code: string): string | undefined => read(`k "#{${code}}"`).faults[0]?.message;
  assert.equal(messageOf(`ENV.fetch('NOWHERE')`), 'environment variable NOWHERE is not set');
  assert.equal(messageOf(`1 + 'a'`), '`+` needs two integers, or two texts to join');
  assert.equal(messageOf('1 / 0'), '`/` needs two integers, or two texts to join');
  assert.equal(read(`k "#{ENV['A']`).faults[0]?.message, '`#{` is not closed');
  assert.equal(read(`k "#{`).faults[0]?.message, '`#{` is not closed');
});

test('keys, arguments and paths have embedded code in double quotes only', () => {
  const { root, faults } = read(
    `<match "app.#{ENV['NAME']}.**">\n"#{ENV['NAME']}" 1\n</match>`,
    env,
  );
  assert.deepEqual(faults, []);
  assert.equal(root.elements[0]?.arg, 'app.ann.**');
  assert.equal(root.elements[0]?.attributes.get('ann')?.value, '1');
  assert.equal(read('<match "#{use_nil}">\n</match>').root.elements[0]?.arg, '');
  assert.equal(read('<match "#{use_default}">\n</match>').faults.length, 1);
});

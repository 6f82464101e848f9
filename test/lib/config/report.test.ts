import assert from 'node:assert/strict';
import test from 'node:test';
import { faultsToJson, formatFaults } from '../../../lib/config/report.ts';
import { MillraceError } from '../../../lib/error.ts';
import { read } from './reading.ts';

test('draws the source line with the hint under the words it is about', () => {
  const at = {
    file: 'app.conf',
    line: 14,
    column: 5,
    length: 15,
    source: '    flush_intervall 5s',
  };
  const hint = 'did you mean `flush_interval`?';
  const message = '`flush_intervall` is not an option of output `file`';
  assert.equal(
    formatFaults([new MillraceError('MR_OPTION', message, { at, hint })]),
    `error[MR_OPTION]: \`flush_intervall\` is not an option of output \`file\`
  --> app.conf:14:5
   |
14 |     flush_intervall 5s
   |     ^^^^^^^^^^^^^^^ did you mean \`flush_interval\`?`,
  );
});

test('draws several findings, with a margin as wide as the number and tabs kept', () => {
  const { faults } = read('<source>\n\t@typ "x"\n</source>\nk \'y\n');
  assert.equal(
    formatFaults(faults, 'warning'),
    `warning[MR_OPTION]: \`@typ\` is unknown: keys that begin with \`@\` are reserved
 --> app.conf:2:2
  |
2 | \t@typ "x"
  | \t^^^^ did you mean \`@type\`?

warning[MR_CONFIG_SYNTAX]: this text is not closed on its line
 --> app.conf:4:3
  |
4 | k 'y
  |   ^^ expected \`'\`; only a text in double quotes may span lines`,
  );
});

test('draws a finding without a place or a hint', () => {
  assert.equal(
    formatFaults([new MillraceError('MR_PLAN', 'no input')]),
    'error[MR_PLAN]: no input',
  );
  assert.equal(
    formatFaults([new MillraceError('MR_PLAN', 'no input', { hint: 'add one' })]),
    'error[MR_PLAN]: no input\n  = add one',
  );
  assert.equal(formatFaults([]), '');
});

test('shows of a long line the part with the fault', () => {
  const source = `${'a'.repeat(500)}FAULT${'b'.repeat(500)}`;
  const at = { file: 'x', line: 1, column: 501, length: 505, source };
  const lines = formatFaults([new MillraceError('MR_OPTION', 'm', { at })]).split('\n');
  const [shown = '', carets = ''] = lines.slice(3);
  assert.equal(shown.slice(carets.indexOf('^'), carets.indexOf('^') + 5), 'FAULT');
  assert(shown.length < 200 && carets.length <= shown.length);
});

test('lets no control character through to the terminal', () => {
  const at = { file: 'x\x1b[2J', line: 1, column: 1, length: 99, source: 'k \x1b[31m\r\u202e' };
  const text = formatFaults([
    new MillraceError('MR_OPTION', 'a\x1b]0;\x07\nb', { at, hint: '\x9b' }),
  ]);
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\x00-\x1f\x7f-\x9f\u202e]/);
  assert.equal(text.split('\n').length, 5);
});

test('gives findings as data for editors', () => {
  const { faults } = read('<source>\n  @typ x\n</source>');
  assert.deepEqual(JSON.parse(JSON.stringify(faultsToJson(faults))), [
    {
      severity: 'error',
      code: 'MR_OPTION',
      message: '`@typ` is unknown: keys that begin with `@` are reserved',
      hint: 'did you mean `@type`?',
      file: 'app.conf',
      line: 2,
      column: 3,
      length: 4,
    },
  ]);
  assert.deepEqual(faultsToJson([new MillraceError('MR_PLAN', 'm')], 'warning'), [
    { severity: 'warning', code: 'MR_PLAN', message: 'm' },
  ]);
});

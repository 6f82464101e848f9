import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { scanAccessLine } from '../../../lib/codec/access_line.ts';
import { byteSource } from '../../../lib/codec/byte_source.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { claimLines } from '../../../lib/testing/laws/claim_lines.ts';
import { TestClock } from '../../../lib/testing/test_clock.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import apache2 from '../../../operators/parser/apache2.ts';
import nginx from '../../../operators/parser/nginx.ts';

const now = new EventTime(7, 8);
const context = testContext({ clock: new TestClock(now) });

const word = fc.constantFrom('10.0.0.1', '-', 'eve', '', 'a"b', '\u00e4', 'x\ty', '[', 'a\\"b');
const time = fc.constantFrom(
  '14/Nov/2023:22:13:20 +0000',
  '14/Nov/2023:22:13:21 +0000',
  '10/Oct/2023:13:55:36 -0700',
  '99/Foo/2023',
  '',
);
const request = fc.constantFrom(
  'GET /a?b=c HTTP/1.1',
  'GET  /a b  HTTP/1.1',
  'GET /a  ',
  'GET /a b\tc',
  'GET  ',
  'GET ',
  'GET',
  '-',
  '',
  ' /a HTTP/1.1',
  'GET\t/a HTTP/1.1',
  'GET /\\"x HTTP/1.1',
  'GET /x\\ HTTP/1.1\\',
  'GET /\u20ac\u0001 HTTP/1.1',
);
const code = fc.constantFrom('200', '404', '-', '', '0', '007', '12345678901234567890', '1.5');
const quoted = fc.constantFrom(
  '-',
  '',
  'http://example/?a=[b]',
  'Browser (x) [y]',
  'a\\b\\',
  'a\\"b',
  'tab\there',
  '\u00ff\u{1f600}',
);
const tail = fc.oneof(
  fc.constantFrom('', ' ', '  "x"', ' x', ' "x', '\t"x"', ' "x" ', ' "10.0.0.1" "y"', ' ""'),
  quoted.map((text) => ` "${text}"`),
);

/** Lines as servers write them, more or less. */
function lines(): fc.Arbitrary<Buffer> {
  const line = fc
    .tuple(word, word, word, time, request, code, code, quoted, quoted, tail, fc.nat(3))
    .map(([a, b, c, d, e, f, g, h, i, j, form]) => {
      const common = `${a} ${b} ${c} [${d}] "${e}" ${f} ${g}`;
      return form === 0 ? common : `${common} "${h}" "${i}"${form === 1 ? '' : j}`;
    });
  const bytes = line.map((text) => Buffer.from(text));
  const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255), fc.nat(2));
  return fc.oneof(
    { weight: 4, arbitrary: bytes },
    line.map((text) => Buffer.from(`${text}\u00ff`, 'latin1')),
    fc.tuple(bytes, damage).map(([whole, [where, byte, width]]) => {
      const at = Math.floor(where * whole.length);
      return Buffer.concat([
        whole.subarray(0, at),
        Buffer.alloc(width === 0 ? 0 : 1, byte),
        whole.subarray(at + width),
      ]);
    }),
  );
}

function blocks(): fc.Arbitrary<Buffer> {
  const feed = fc.constantFrom('\n', '\r\n').map((text) => Buffer.from(text));
  return fc
    .array(fc.tuple(lines(), feed), { minLength: 1, maxLength: 6 })
    .map((parts) => Buffer.concat(parts.flat()));
}

const parsers = [
  ['nginx', context.make(nginx({}))],
  ['apache2', context.make(apache2({}))],
] as const;

for (const [name, parser] of parsers) {
  test(`${name}: reads lines as it parses each of them`, () => {
    let found = 0;
    fc.assert(
      fc.property(blocks(), (block) => {
        found += claimLines(parser, block, now) ?? 0;
      }),
      { numRuns: 400 },
    );
    assert(found > 100);
  });
}

test('knows the forms that servers write, and leaves others', () => {
  const knows = (line: string): boolean => {
    const bytes = Buffer.from(line);
    return scanAccessLine(byteSource(bytes), 0, bytes.length, new Uint32Array(22), 0);
  };
  const common = '10.0.0.1 - eve [14/Nov/2023:22:13:20 +0000] "GET /a?b HTTP/1.1" 200 7';
  assert(knows(common));
  assert(knows(`${common} "-" "Browser (x)"`));
  assert(knows(`${common} "-" "Browser (x)" "10.0.0.2, 10.0.0.3"`));
  assert(!knows(`${common} "-"`));
  assert(!knows(`${common} "-" "Browser (x)" 0.003`));
  assert(!knows(common.replace('/a?b', '/a\\"b')));
});

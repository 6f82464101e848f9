import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type MutableElement, newElement, useDefault } from '../../../lib/config/element.ts';
import { printElement } from '../../../lib/config/print.ts';
import { plain, read } from './reading.ts';

const nowhere = { file: '', line: 1, column: 1, length: 1, source: '' };

test('prints plainly what needs no quotes', () => {
  const text = `a 1
<match app.** other.*>
  @type copy
  list ["a",1]
  "a b" " c "
  none "#{use_nil}"
  usual "#{use_default}"
  regexp /^(?<a>\\d+) "x"$/
  code "\\#{x} \\\${env:X}"
  <store>
  </store>
</match>
`;
  const { root, faults } = read(text);
  assert.deepEqual(faults, []);
  assert.equal(printElement(root), text);
  const [match] = root.elements;
  assert(match !== undefined);
  assert.equal(printElement(match), text.slice(text.indexOf('<match')));
});

test('prints values of YAML as the texts that mean the same', () => {
  const element = newElement('ROOT', nowhere);
  const values = { n: 1.5, b: true, l: [1, 'a#{x}', { k: 10n }], o: { a: '${env:X}' } };
  for (const [key, value] of Object.entries(values)) {
    element.attributes.set(key, { key, value, keyAt: nowhere, valueAt: nowhere });
  }
  const { root } = read(printElement(element));
  assert.deepEqual(plain(root).attributes, {
    n: '1.5',
    b: 'true',
    l: '[1,"a#{x}",{"k":10}]',
    o: '{"a":"${env:X}"}',
  });
});

test('whatever is printed reads back as the same element', () => {
  const piece = fc.constantFrom(
    ...['a', ' ', '#', '#{', '}', '"', "'", '\\', '\n', '\r', '\t', '[', ']', '{', '${env:X}', '>'],
    ...['<', '@', '\0', '\f', '\b', '\u00a0', '😀', '1', '.0', ',', ':', 'true', '/'],
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const key = text.filter((candidate) => !/^@/.test(candidate));
  const attributes = fc.array(
    fc.tuple(key, fc.oneof(text, fc.constant(null), fc.constant(useDefault))),
  );
  const name = fc.constantFrom('a', 'b_1', 'match');
  const sectionOf = (elements: fc.Arbitrary<MutableElement[]>): fc.Arbitrary<MutableElement> =>
    fc.tuple(name, text, attributes, elements).map(([named, arg, pairs, inner]) => ({
      ...newElement(named, nowhere),
      arg,
      attributes: new Map(
        pairs.map(([key, value]) => [key, { key, value, keyAt: nowhere, valueAt: nowhere }]),
      ),
      elements: inner,
    }));
  const leaf = sectionOf(fc.constant([]));
  const element = sectionOf(
    fc.array(sectionOf(fc.array(leaf, { maxLength: 2 })), { maxLength: 2 }),
  );
  fc.assert(
    fc.property(element, (section) => {
      const printed = printElement(section);
      const { root, faults } = read(printed);
      assert.deepEqual(
        faults.map(({ message }) => message),
        [],
        printed,
      );
      assert.deepEqual(root.elements.map(plain), [plain(section)]);
    }),
    { numRuns: 500 },
  );
});

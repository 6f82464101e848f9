import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventRecord, EventValue } from '../../../lib/event/entry.ts';
import { EventTime } from '../../../lib/event/time.ts';
import { compileTemplate, tagParts } from '../../../lib/plugin/record_template.ts';

const unknown: string[] = [];

function expand(
  value: EventValue,
  record: EventRecord = {},
  { tag = 'app.web.log', keepsTypes = true } = {},
): EventValue {
  const template = compileTemplate(value, {
    hostname: 'web1',
    printTime: (time) => `at ${time.sec}`,
    keepsTypes,
    onUnknown: (placeholder) => unknown.push(placeholder),
  });
  return template({ tag: tagParts(tag), time: new EventTime(7, 0), record });
}

test('takes a tag apart from both ends', () => {
  assert.deepEqual(tagParts('app.web.log'), {
    tag: 'app.web.log',
    parts: ['app', 'web', 'log'],
    prefixes: ['app', 'app.web', 'app.web.log'],
    suffixes: ['app.web.log', 'web.log', 'log'],
  });
  assert.deepEqual(tagParts('a..').parts, ['a']);
  assert.deepEqual(tagParts('').parts, []);
});

test('fills in every placeholder', () => {
  assert.equal(expand('${tag}|${time}|${hostname}'), 'app.web.log|at 7|web1');
  assert.equal(expand('${tag_parts[0]} ${tag_parts[-1]}'), 'app log');
  assert.equal(expand('${tag_prefix[1]} ${tag_prefix[-1]}'), 'app.web app.web.log');
  assert.equal(expand('${tag_suffix[1]} ${tag_suffix[-1]}'), 'web.log log');
  assert.equal(
    expand('__TAG__ __TIME__ __HOSTNAME__ __OTHER__'),
    'app.web.log at 7 web1 __OTHER__',
  );
  assert.equal(expand('${record["a b"]}!', { 'a b': 'x' }), 'x!');
});

test('keeps the type of a value that is one placeholder, unless told otherwise', () => {
  assert.deepEqual(expand('${record["l"]}', { l: [1, 2] }), [1, 2]);
  assert.equal(expand('${record["n"]}', { n: 5 }, { keepsTypes: false }), '5');
  assert.equal(expand(' ${record["n"]}', { n: 5 }), ' 5');
});

test('expands texts at any depth, names included', () => {
  assert.deepEqual(expand({ '${tag}': [['${record["n"]}'], 3, null] }, { n: 7 }), {
    'app.web.log': [[7], 3, null],
  });
});

test('gives null, or nothing inside of a text, for what is missing', () => {
  assert.equal(expand('${record["a"]}'), null);
  assert.equal(expand('[${record["a"]}]'), '[]');
  assert.equal(expand('${tag_parts[3]}'), null);
  assert.equal(expand('${tag_parts[0]}', {}, { tag: '' }), null);
  assert.equal(expand('${record["constructor"]}'), null);
});

test('tells of placeholders that mean nothing', () => {
  unknown.length = 0;
  assert.equal(expand('${nope}'), null);
  assert.equal(expand('a${ tag }b${record.n}c${tag_parts[01]}'), 'abc');
  assert.deepEqual(unknown, ['${nope}', '${ tag }', '${record.n}', '${tag_parts[01]}']);
});

test('leaves what is no placeholder and expands nothing twice', () => {
  assert.equal(expand('${} ${tag'), '${} ${tag');
  assert.equal(expand('a ${record["p"]}', { p: '${tag}' }), 'a ${tag}');
});

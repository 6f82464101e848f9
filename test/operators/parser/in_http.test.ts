import assert from 'node:assert/strict';
import test from 'node:test';
import { parserLaws } from '../../../lib/testing/laws/parser_laws.ts';
import { testContext } from '../../../lib/testing/test_context.ts';
import inHttp from '../../../operators/parser/in_http.ts';

parserLaws(inHttp, {}, { test });

test('matches nothing by itself', () => {
  const call = inHttp({});
  assert.equal(call.plugin.create(call.options, testContext()).parse('{"a":1}'), null);
});

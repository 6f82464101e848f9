import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { freePort, isListening, startProgram } from '../e2e/program.ts';
import { until } from '../e2e/waiting.ts';
import { ownFolder } from '../examples/running.ts';

const script = `
import logging
import sys
from fluent import asyncsender, handler, sender
logger = sender.FluentSender('py', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=True)
assert logger.emit_with_time('exact', sender.EventTime(1795341600.5), {'text': 'größer', 'big': 2**63, 'list': [1, None]})
assert logger.emit('now', {'n': 1}), logger.last_error
assert logger.emit_with_time('whole', 1795341600, {'n': 2})
logger.close()
later = asyncsender.FluentSender('async', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=True)
for n in range(100):
    assert later.emit('many', {'n': n})
later.close()
log = handler.FluentHandler('handler', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=True)
log.setFormatter(handler.FluentRecordFormatter({'level': '%(levelname)s'}))
logging.getLogger('app').addHandler(log)
logging.getLogger('app').warning({'text': 'logged'})
log.close()
`;

test('events of the Python client fluent-logger, its asynchronous one and its logging arrive with their times and values', async (t) => {
  const port = await freePort();
  const config = join(ownFolder(t), 'own.conf');
  writeFileSync(
    config,
    `<source>\n  @type forward\n  bind 127.0.0.1\n  port ${port}\n</source>\n<match **>\n  @type stdout\n</match>\n`,
  );
  const program = startProgram(['run', '-c', config]);
  t.after(() => program.kill());
  await until('it does not listen', 20_000, () => isListening(port));
  await promisify(execFile)('/usr/bin/python3', ['-c', script, String(port)]);
  const isThere = (): boolean => /handler: /.test(program.output());
  await until('not everything is there', 20_000, isThere);

  assert.match(
    program.output(),
    /\.500000000 [+-]\d{4} py\.exact: \{"text":"größer","big":9223372036854775808,"list":\[1,null\]\}\n/,
  );
  assert.match(program.output(), /\d py\.now: \{"n":1\}\n/);
  assert.match(program.output(), /:00\.000000000 [+-]\d{4} py\.whole: \{"n":2\}\n/);
  const many = [...program.output().matchAll(/ async\.many: \{"n":(\d+)\}\n/g)];
  assert.deepEqual(
    many.map(([, n]) => Number(n)),
    Array.from({ length: 100 }, (_, n) => n),
  );
  assert.match(program.output(), / handler: \{"level":"WARNING","text":"logged"\}\n/);
  assert.equal(await program.stop(), 0);
});

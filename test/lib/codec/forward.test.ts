import assert from 'node:assert/strict';
import test from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import {
  decodeAck,
  decodeAckText,
  decodeFrame,
  encodeAck,
  encodeChunk,
  packedFrameHead,
  packedFrameTail,
} from '../../../lib/codec/forward.ts';

const time = Buffer.from('d7006553f1010000002a', 'hex');
const record = Buffer.from('81a16ba176', 'hex');
const entry = Buffer.concat([Buffer.from([0x92]), time, record]);

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}

function frame(...parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)),
  );
}

test('a message gives its time and record as they lie in it', () => {
  for (const lead of ['93', 'dc0003', 'dd00000003']) {
    const found = decodeFrame(frame(lead, 'a174', time, record));
    assert.equal(found?.mode, 'message');
    assert.equal(found.tag, 't');
    assert.equal(hex(found.body), hex(frame(time, record)));
    assert.deepEqual(found.options, {});
  }
});

test('a message with a time and metadata is a message', () => {
  const found = decodeFrame(frame('93a17492', time, '80', record));
  assert.equal(found?.mode, 'message');
  assert.equal(hex(found.body), hex(frame('92', time, '80', record)));
});

test('forward mode gives its entries as they lie in the list', () => {
  for (const [head, count] of [
    ['92', 2],
    ['90', 0],
    ['dc0002', 2],
    ['dd00000001', 1],
  ] as const) {
    const entries = Buffer.concat(Array.from({ length: count }, () => entry));
    const found = decodeFrame(frame('92a174', head, entries));
    assert.equal(found?.mode, 'forward');
    assert.equal(hex(found.body), hex(entries));
  }
});

test('packed mode takes the entries from a bin or str of any length form', () => {
  for (const head of ['c410', 'c50010', 'c600000010', 'b0', 'd910', 'da0010', 'db00000010']) {
    const found = decodeFrame(frame('93a174', head, entry, '81a473697a6501'));
    assert.equal(found?.mode, 'packed', head);
    assert.equal(hex(found.body), hex(entry));
    assert.equal(found.options.size, 1);
  }
});

test('a chunk is kept byte for byte, whatever it is', () => {
  const forms = ['a26331', 'd9026331', 'c40301ff02', 'cd3039', 'a0', 'b9'.padEnd(52, '3')];
  for (const chunk of forms) {
    const found = decodeFrame(frame('94a174', time, record, '82a3666f6f9101a56368756e6b', chunk));
    assert.equal(hex(found?.options.chunk), chunk);
    assert.equal(hex(encodeAck(found?.options.chunk ?? record)), `81a361636b${chunk}`);
  }
  for (const absent of ['c0', 'c2']) {
    const found = decodeFrame(frame('94a174', time, record, '81a56368756e6b', absent));
    assert.equal(found?.options.chunk, undefined);
  }
});

test('options that are no map are no options, and elements after them are ignored', () => {
  assert.deepEqual(decodeFrame(frame('94a174', time, record, 'c0'))?.options, {
    chunk: undefined,
    size: undefined,
    compressed: undefined,
    origin: undefined,
    stamp: undefined,
    relayed: undefined,
  });
  const found = decodeFrame(frame('95a174', time, record, '81a56368756e6ba163', '05'));
  assert.equal(hex(found?.options.chunk), 'a163');
  assert.equal(hex(found?.body), hex(frame(time, record)));
});

test('a tag may be str or bin, and what is neither is no tag', () => {
  assert.equal(decodeFrame(frame('93c403742e78', time, record))?.tag, 't.x');
  assert.equal(decodeFrame(frame('93db00000003742e78', time, record))?.tag, 't.x');
  assert.equal(decodeFrame(frame('93a6e697a5e69cac', time, record))?.tag, '日本');
  const found = decodeFrame(frame('939101', time, record));
  assert.equal(found?.tag, undefined);
  assert.equal(hex(found?.body), hex(frame(time, record)));
});

test('nil is a heartbeat and other values are no frames', () => {
  assert.equal(decodeFrame(frame('c0')), undefined);
  for (const other of ['81a161a162', 'a568656c6c6f', '05', '90', '91a174', '92a17405']) {
    assert.throws(() => decodeFrame(frame(other)), { code: 'MR_PROTOCOL' }, other);
  }
});

const origins = fc
  .tuple(fc.string({ minLength: 1, maxLength: 60 }), fc.array(fc.nat(), { minLength: 4 }))
  .map(([source, [epoch = 0, low = 0, before = 0, length = 0]]) => {
    const begin = low + before;
    return { source, epoch, low, begin, end: begin + length + 1 };
  });

// The decoder beside ours refuses `__proto__` as a key.
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
  .filter((text) => text !== '__proto__');
const plain = { noNullPrototype: true };
const agents = fc.record(
  {
    id: name,
    name,
    version: name,
    labels: fc.array(fc.tuple(name, name), { maxLength: 3 }).map((pairs) => new Map(pairs)),
  },
  plain,
);
const stamps = fc.record(
  { agent: agents, origin: origins, receivers: fc.nat(), ageMs: fc.nat() },
  plain,
);

test('a packed frame comes back as it was sent, and any decoder can read it', () => {
  const options = fc.record({
    chunk: fc.option(fc.string().map(encodeChunk), { nil: undefined }),
    size: fc.option(fc.nat(), { nil: undefined }),
    compressed: fc.option(fc.constant('gzip'), { nil: undefined }),
    stamp: fc.option(stamps, { nil: undefined }),
    relayed: fc.constant(undefined),
  });
  const particulars = options.chain((all) =>
    all.stamp === undefined
      ? fc.option(origins, { nil: undefined }).map((origin) => ({ ...all, origin }))
      : fc.constant({ ...all, origin: undefined }),
  );
  fc.assert(
    fc.property(
      fc.string(),
      fc.uint8Array({ maxLength: 70_000 }),
      particulars,
      (tag, body, given) => {
        const sent = frame(packedFrameHead(tag, body.length), body, packedFrameTail(given));
        const found = decodeFrame(sent);
        assert.equal(found?.tag, tag);
        assert.equal(found.mode, 'packed');
        assert.deepEqual(Uint8Array.from(found.body), body);
        assert.deepEqual(
          { ...found.options, chunk: hex(found.options.chunk) },
          { ...given, origin: given.origin ?? given.stamp?.origin, chunk: hex(given.chunk) },
        );
        const [, , read] = decode(sent) as [string, Uint8Array, Record<string, unknown>];
        assert.equal(read['fluent_signal'], 0);
        assert.equal(read['size'], given.size);
      },
    ),
  );
});

test('an origin that is not sound is ignored', () => {
  const sound = { source: 's', epoch: 1, begin: 2, end: 3, low: 2 };
  const read = (millrace: unknown): unknown =>
    decodeFrame(encode(['t', new Uint8Array(0), { millrace }]))?.options.origin;
  assert.deepEqual(read(sound), sound);
  const wrong = [
    { source: '' },
    { source: 'é'.repeat(128) },
    { source: 5 },
    { epoch: -1 },
    { begin: 1.5 },
    { end: 2 },
    { end: '3' },
    { low: 3 },
  ];
  for (const change of wrong) assert.equal(read({ ...sound, ...change }), undefined);
  for (const other of [null, 5, 'x', [], {}]) assert.equal(read(other), undefined);
});

test('stamps that agents gave before come back as they were sent', () => {
  const relayed = fc.array(
    fc.tuple(stamps, fc.nat(3), fc.nat(3), fc.nat()).map(([stamp, part, more, count]) => ({
      ...{ ...stamp, part, parts: part + more + 1, count, address: stamp.agent.name },
    })),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(stamps, relayed, (stamp, sent) => {
      // An agent is described once.
      const told = [...new Map(sent.map((each) => [each.agent.id, each])).values()];
      const tail = packedFrameTail({ stamp, relayed: told });
      const found = decodeFrame(frame(packedFrameHead('t', 0), tail))?.options;
      assert.deepEqual(found?.stamp, stamp);
      assert.deepEqual(found?.relayed ?? [], told);
    }),
  );
  const wrong = {
    source: 's',
    epoch: 1,
    begin: 2,
    end: 3,
    low: 2,
    relayed: [5, { stamps: [] }, { address: 'a', stamps: [[1]] }],
  };
  const options = decodeFrame(encode(['t', new Uint8Array(0), { millrace: wrong }]))?.options;
  assert.deepEqual(options?.relayed, []);
});

test('a stamp that is not sound is ignored, and its origin kept', () => {
  const origin = { source: 's', epoch: 1, begin: 2, end: 3, low: 2 };
  const agent = { id: 'a', name: 'n', version: '1', labels: { site: 'x' } };
  const sound = { ...origin, agent, receivers: 2, age_ms: 5 };
  const read = (millrace: unknown) =>
    decodeFrame(encode(['t', new Uint8Array(0), { millrace }]))?.options;
  assert.equal(read(sound)?.stamp?.agent.labels.get('site'), 'x');
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'x']));
  const wrong = [
    { agent: 'a' },
    { agent: { ...agent, id: '' } },
    { agent: { ...agent, id: 'x'.repeat(65) } },
    { agent: { ...agent, name: 'a\u001b[2J' } },
    { agent: { ...agent, labels: { site: 5 } } },
    { agent: { ...agent, labels: many } },
    { receivers: -1 },
    { age_ms: 'x' },
  ];
  for (const change of wrong) {
    const found = read({ ...sound, ...change });
    assert.deepEqual([found?.stamp, found?.origin], [undefined, origin]);
  }
});

test('an ack tells the chunk, as str or as bin', () => {
  for (const chunk of ['a26331', 'd9026331', 'c4026331']) {
    assert.equal(decodeAckText(frame('82a17801a361636b', chunk)), 'c1');
    assert.equal(hex(decodeAck(frame('82a17801a361636b', chunk))), chunk);
  }
});

test('an answer that is no ack is refused', () => {
  for (const other of ['c0', '05', '80', '81a16105', '91a361636b']) {
    assert.throws(() => decodeAck(frame(other)), { code: 'MR_PROTOCOL' }, other);
  }
});

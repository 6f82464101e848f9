import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { canZstd } from '../../../lib/codec/zstd.ts';
import type { RefusalReason } from '../../../lib/net/forward_refusals.ts';

/** Bytes that nobody should send, and why they are refused. */
export interface Hostile {
  readonly what: string;
  readonly bytes: Buffer;
  readonly reason: RefusalReason;
  /** The client ends its side, since what it sent never is a whole value. */
  readonly ends?: boolean;
}

const mebibyte = 1024 * 1024;

/** The input of these tests has such limits. */
export const limits = { decompressionSizeLimit: 10 * mebibyte, memoryLimit: 64 * mebibyte };

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function packed(body: Buffer, options: object): Buffer {
  return Buffer.from(encode(['a', body, options]));
}

function zipped(contents: Buffer): Buffer {
  return packed(gzipSync(contents), { compressed: 'gzip', chunk: 'lost' });
}

const entry = hex('92 05 81 a1 6e 01');

export const hostile: readonly Hostile[] = [
  { what: 'the byte that MessagePack has not', bytes: hex('c1'), reason: 'malformed' },
  { what: 'that byte within a frame', bytes: hex('93 a1 61 05 c1'), reason: 'malformed' },
  { what: '10,000 arrays in one another', bytes: Buffer.alloc(10_000, 0x91), reason: 'too_deep' },
  {
    what: '10,000 maps',
    bytes: Buffer.concat(Array(10_000).fill(hex('81a0'))),
    reason: 'too_deep',
  },
  { what: '10,000 maps as keys', bytes: Buffer.alloc(10_000, 0x81), reason: 'too_deep' },
  {
    what: 'packed entries that are deep',
    bytes: packed(Buffer.concat([hex('92 05'), Buffer.alloc(10_000, 0x91)]), {}),
    reason: 'too_deep',
  },
  { what: 'a str of 4 GB', bytes: hex('93 a1 61 05 db ffffffff'), reason: 'too_long' },
  { what: 'a bin of 4 GB', bytes: hex('92 a1 61 c6 ffffffff 00'), reason: 'too_long' },
  { what: 'an ext of 4 GB', bytes: hex('93 a1 61 c9 ffffffff 05'), reason: 'too_long' },
  {
    what: 'an array of 4 G elements',
    bytes: Buffer.concat([hex('92 a1 61 dd ffffffff'), Buffer.alloc(mebibyte, 0xc0)]),
    reason: 'cut_off',
    ends: true,
  },
  {
    what: 'a map of 4 G fields',
    bytes: Buffer.concat([hex('93 a1 61 05 df ffffffff'), Buffer.alloc(mebibyte, 0xa0)]),
    reason: 'cut_off',
    ends: true,
  },
  { what: 'options that end within', bytes: hex('93 a1 61 90 de'), reason: 'cut_off', ends: true },
  {
    what: 'a bomb of 1000:1',
    bytes: zipped(Buffer.alloc(20 * mebibyte)),
    reason: 'decompressed_too_long',
  },
  {
    what: 'a bomb of many members',
    bytes: packed(Buffer.concat(Array(200).fill(gzipSync(Buffer.alloc(100_000)))), {
      compressed: 'gzip',
    }),
    reason: 'decompressed_too_long',
  },
  {
    what: 'a bomb of tiny entries',
    bytes: zipped(Buffer.alloc(9 * mebibyte)),
    reason: 'too_heavy',
  },
  {
    what: 'a record of tiny values',
    bytes: Buffer.concat([hex('93 a1 61 05 81 a1 6e dd 00100000'), Buffer.alloc(mebibyte, 0x80)]),
    reason: 'too_heavy',
  },
  { what: 'gzip in gzip', bytes: zipped(gzipSync(Buffer.alloc(1000, entry))), reason: 'malformed' },
  { what: 'gzip that is none', bytes: packed(entry, { compressed: 'gzip' }), reason: 'damaged' },
  {
    what: 'a compression of no name',
    bytes: packed(entry, { compressed: { a: 1 } }),
    reason: 'damaged',
  },
  {
    what: 'gzip that is cut',
    bytes: packed(gzipSync(entry).subarray(0, -1), { compressed: 'gzip' }),
    reason: 'damaged',
  },
  {
    what: 'gzip with something behind',
    bytes: packed(Buffer.concat([gzipSync(entry), Buffer.from('x')]), { compressed: 'gzip' }),
    reason: 'damaged',
  },
  {
    what: 'zstd that is none',
    bytes: packed(entry, { compressed: 'zstd' }),
    reason: canZstd ? 'damaged' : 'unknown_compression',
  },
  {
    what: 'a tag of 64 KB',
    bytes: Buffer.from(encode(['t'.repeat(65_536), 5, {}, { chunk: 'lost' }])),
    reason: 'long_tag',
  },
  { what: 'integers for ever', bytes: Buffer.alloc(1000, 1), reason: 'no_frame' },
];

/** The same for a connection that speaks JSON: it begins with them. */
export const hostileJson: readonly Hostile[] = [
  { what: 'no JSON', bytes: Buffer.from('["a",5,{]}'), reason: 'malformed' },
  {
    what: '100,000 lists in one another',
    bytes: Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)),
    reason: 'too_deep',
  },
  {
    what: 'text without an end',
    bytes: Buffer.from(`["${'x'.repeat(2 * mebibyte)}`),
    reason: 'too_long',
  },
  {
    what: 'comments without an end',
    bytes: Buffer.from(`["a",${'/* '.repeat(100_000)}]`),
    reason: 'malformed',
  },
  { what: 'a list without an end', bytes: Buffer.from('[1'), reason: 'cut_off', ends: true },
];

/** Odd frames that are taken, each with a chunk `odd`, and how many events they hold. */
export const odd: readonly {
  readonly what: string;
  readonly bytes: Buffer;
  readonly events: number;
}[] = [
  { what: 'an empty tag', bytes: hex('94 a0 05 81a16e01 81 a56368756e6b a36f6464'), events: 1 },
  {
    what: 'fields that objects have anyway',
    bytes: Buffer.from(
      encode(['a', 5, JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'), { chunk: 'odd' }]),
    ),
    events: 1,
  },
  {
    what: 'options of wrong types',
    bytes: Buffer.from(
      encode([
        'a',
        [[5, {}]],
        { chunk: 'odd', size: 'x', millrace: [1], compressed: [2], metadata: 3 },
      ]),
    ),
    events: 1,
  },
  {
    what: 'the stamp of an agent with wrong types',
    bytes: Buffer.from(
      encode(['a', [[5, {}]], { chunk: 'odd', millrace: { source: 1, epoch: -1, agent: 'x' } }]),
    ),
    events: 1,
  },
  {
    what: 'text that is not UTF-8',
    bytes: hex('94 a1ff 05 81a1fea1fd 81 a56368756e6b a36f6464'),
    events: 1,
  },
  {
    what: 'a map of 100,000 fields',
    bytes: Buffer.from(
      encode([
        'a',
        5,
        Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [n, n])),
        { chunk: 'odd' },
      ]),
    ),
    events: 1,
  },
  {
    what: '100,000 empty gzip members',
    bytes: packed(Buffer.concat(Array(100_000).fill(gzipSync(''))), {
      compressed: 'gzip',
      chunk: 'odd',
    }),
    events: 0,
  },
  {
    what: 'extensions',
    bytes: hex('94 a161 05 81a165c705070102030405 81 a56368756e6b a36f6464'),
    events: 1,
  },
  {
    what: 'entries that are none',
    bytes: packed(Buffer.concat([entry, hex('c0 90 05 92 05 05 91 05'), entry]), { chunk: 'odd' }),
    events: 2,
  },
];

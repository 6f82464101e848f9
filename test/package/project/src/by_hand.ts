import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { decode, type EventBatch, encode, type Receipt } from 'millrace';
import file from 'millrace/connectors/output/file';
import grep from 'millrace/operators/filter/grep';
import toAvro from 'millrace/operators/formatter/avro';
import ltsv from 'millrace/operators/formatter/ltsv';
import fromAvro from 'millrace/operators/parser/avro';
import json from 'millrace/operators/parser/json';
import gap from './gap.js';

const [, , folder = '.'] = process.argv;
const source = () => createReadStream(join(folder, 'lines.json.gz'));
const schema = { type: 'record', name: 'Line', fields: [{ name: 'n', type: 'long' }] };

/** Any Readable of bytes is a source, any Writable a sink. */
await pipeline(
  source(),
  createGunzip(),
  decode(json(), { tag: 'lines' }),
  grep.stream({ regexp: [{ key: 'level', pattern: /info/ }] }),
  gap.stream(),
  encode(ltsv()),
  createWriteStream(join(folder, 'lines.ltsv')),
);

/** An output gives a receipt for each chunk that it has delivered. */
await pipeline(
  source(),
  createGunzip(),
  decode(json(), { tag: 'lines' }),
  file.stream(
    {
      path: join(folder, '${tag}'),
      append: true,
      pathSuffix: '.avro',
      format: toAvro({ schema, codec: 'deflate' }),
    },
    { rootDir: join(folder, 'by_hand'), buffer: { chunkKeys: ['tag'], flushMode: 'immediate' } },
  ),
  async (receipts: AsyncIterable<Receipt>) => {
    for await (const { outputId, count } of receipts)
      console.log(`${outputId}: ${count} delivered`);
  },
);

await pipeline(
  createReadStream(join(folder, 'lines.avro')),
  decode(fromAvro()),
  async function* (batches: AsyncIterable<EventBatch>) {
    for await (const batch of batches) yield batch.with(batch.entries().toReversed());
  },
  encode(ltsv()),
  process.stdout,
);

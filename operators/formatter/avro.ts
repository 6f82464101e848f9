import {
  containerHead,
  mergeBlocks,
  singleBlock,
  syncMarker,
} from '../../lib/codec/avro_container.ts';
import { fitAvro } from '../../lib/codec/avro_fit.ts';
import { MillraceError } from '../../lib/error.ts';
import { oneOf } from '../../lib/option/declare.ts';
import { avroOptions, readSchema } from '../../lib/plugin/avro_options.ts';
import type { Container, Formatter } from '../../lib/plugin/contract.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';

export default defineFormatter({
  type: 'avro',
  doc: 'Writes Avro container files, for outputs that write files. The record of each event must fit the schema: a field that is missing gets its default, or null where it may be null; fields that the schema does not have are left out.',
  options: {
    ...avroOptions,
    codec: oneOf(['null', 'deflate'], {
      doc: 'How the blocks of the file are compressed; `null` is not at all.',
      default: 'null',
    }),
  },
  create(options): Formatter {
    const { codec } = options;
    const schema = readSchema(options, 'formatter `avro`');
    if (schema === undefined) {
      throw new MillraceError('MR_OPTION', 'formatter `avro` needs `schema` or `schema_file`');
    }
    const sync = syncMarker(schema);
    const container: Container = {
      head: containerHead(schema, codec),
      pack: (pieces) => mergeBlocks(pieces, sync, codec),
    };
    return Object.assign(
      // With the marker behind each event, a chunk tells by which schema it was written.
      ({ record }: Parameters<Formatter>[0]) =>
        singleBlock(schema.type.toBuffer(fitAvro(schema.record, record)), sync),
      { container },
    );
  },
});

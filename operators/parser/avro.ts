import { isContainer, readContainer } from '../../lib/codec/avro_container.ts';
import { AvroReader } from '../../lib/codec/avro_reader.ts';
import { WholeSplitter } from '../../lib/codec/whole_splitter.ts';
import { string } from '../../lib/option/declare.ts';
import { avroOptions, readSchema } from '../../lib/plugin/avro_options.ts';
import { defineParser } from '../../lib/plugin/define.ts';
import { compileRecordRules, finishRecord } from '../../lib/plugin/parse_record.ts';
import { parserOptions, timeTypeOption } from '../../lib/plugin/time_options.ts';

/** A stream of bytes is a container; one that is larger is to be read by other means. */
const longestStreamBytes = 256 * 1024 * 1024;

export default defineParser({
  type: 'avro',
  doc: 'Reads the bytes of an Avro container file, which brings its schema, or, by the schema given, those of one record alone. Containers may be compressed by deflate.',
  options: {
    ...avroOptions,
    timeKey: string({ doc: 'The field that the time of the event is read from.' }),
    timeType: timeTypeOption,
    ...parserOptions,
  },
  create(options, context) {
    const schema = readSchema(options, 'parser `avro`');
    const rules = compileRecordRules(options, context);
    return {
      parse(input) {
        const bytes = typeof input === 'string' ? Buffer.from(input) : input;
        if (isContainer(bytes)) {
          return readContainer(bytes).map((record) => finishRecord(rules, record));
        }
        if (schema === undefined) return null;
        const reader = new AvroReader(bytes);
        const record = reader.record(schema.record);
        return reader.isAtEnd ? [finishRecord(rules, record)] : null;
      },
      splitter: () => new WholeSplitter(longestStreamBytes),
    };
  },
});

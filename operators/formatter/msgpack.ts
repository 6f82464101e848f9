import { MsgpackWriter } from '../../lib/codec/msgpack_writer.ts';
import type { EventTime } from '../../lib/event/time.ts';
import { defineFormatter } from '../../lib/plugin/define.ts';

export default defineFormatter({
  type: 'msgpack',
  doc: 'Writes the record of each event as a MessagePack map, one after another. Times in it are whole seconds.',
  options: {},
  create() {
    const writer = new RecordWriter();
    return ({ record }) => {
      // What a record that could not be written has left.
      writer.clear();
      writer.record(record);
      return writer.take();
    };
  },
});

/** Readers of plain MessagePack need not know Fluentd's type of a time. */
class RecordWriter extends MsgpackWriter {
  override time({ sec }: EventTime): void {
    this.number(sec);
  }
}

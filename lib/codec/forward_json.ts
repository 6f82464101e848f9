import { parseJson } from './json.ts';
import { printJson } from './json_print.ts';
import { JsonSplitter } from './json_splitter.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** Whether a connection that begins with this byte (`[` or `{`) speaks JSON instead of MessagePack. */
export function beginsJson(byte: number | undefined): boolean {
  return byte === 0x5b || byte === 0x7b;
}

/** The forward protocol in JSON: cuts a stream into its values, and gives each as the MessagePack frame that says the same. */
export class JsonFrameSplitter {
  private readonly splitter: JsonSplitter;

  /** A value longer than `limitBytes` is an error. */
  constructor(limitBytes: number) {
    this.splitter = new JsonSplitter(limitBytes);
  }

  /** Nothing is known of it: JSON has to be short. */
  readonly weightBytes = 0;

  /** Whether the stream so far ends with a complete value. */
  get isBetweenValues(): boolean {
    return this.splitter.isBetweenValues;
  }

  /** Bytes of memory that the beginning of a value takes until the rest has come. */
  get heldBytes(): number {
    return this.splitter.heldBytes;
  }

  /** Takes the next bytes of the stream, once `next` gave undefined; they must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    this.splitter.push(chunk);
  }

  /** The next complete value; undefined when more bytes are needed. @throws MR_CODEC when it is not JSON, or too long */
  next(): Buffer | undefined {
    const text = this.splitter.next();
    if (text === undefined) return undefined;
    writer.clear();
    writer.value(parseJson(text.toString()));
    return Buffer.from(writer.take());
  }
}

/** The answer to a frame with a chunk, for a sender that speaks JSON. */
export function encodeJsonAck(chunk: Uint8Array): Uint8Array {
  reader.open(chunk);
  return Buffer.from(printJson({ ack: reader.value() }));
}

import { decodeEntries, encodeEntries, isPlainEvent } from '../../codec/entry_codec.ts';
import { entryDepthLimit, MsgpackScanner } from '../../codec/msgpack_scanner.ts';
import { toError } from '../../error.ts';
import { Backlog, type ContentFault, type ContentPart, type Cutter, partBytes } from './cutter.ts';

const arrayOfTwo = 0x92;

/** Cuts packed entries between entries, without decoding them; stops at what is none. */
export class EntryCutter implements Cutter {
  fault: ContentFault | undefined;
  readonly #backlog: Backlog;
  readonly #scanner = new MsgpackScanner(entryDepthLimit);
  /** Of the part that is being gathered; it begins where the backlog does. */
  #length = 0;
  #count = 0;
  #isPlain = true;

  /** `position`: where the first byte lies in the content. */
  constructor(position: number) {
    this.#backlog = new Backlog(position);
  }

  push(bytes: Uint8Array): ContentPart[] {
    if (this.fault !== undefined || !this.#backlog.add(bytes)) return [];
    return this.#scan();
  }

  finish(): ContentPart[] {
    this.#backlog.join();
    const parts = this.fault === undefined ? this.#scan() : [];
    if (this.#count > 0) parts.push(this.#part());
    const { bytes, position } = this.#backlog;
    if (bytes.length > 0) this.fault ??= { at: position, reason: 'the last entry is not whole' };
    return parts;
  }

  #scan(): ContentPart[] {
    const parts: ContentPart[] = [];
    while (this.#length < this.#backlog.bytes.length) {
      const end = this.#entryEnd();
      if (end === undefined) break;
      if (this.#count > 0 && end > partBytes) {
        parts.push(this.#part());
        continue;
      }
      this.#isPlain &&= this.#isPlainAt(this.#length);
      this.#length = end;
      this.#count += 1;
    }
    return parts;
  }

  /** Where the entry ends that begins at `#length`; undefined when it is not whole, or none. */
  #entryEnd(): number | undefined {
    const { bytes, position } = this.#backlog;
    const start = this.#length;
    try {
      this.#scanner.begin(start);
      if (!this.#scanner.run(bytes, bytes.length)) return undefined;
      const end = this.#scanner.offset;
      if (!this.#isPlainAt(start)) decodeEntries(bytes.subarray(start, end));
      return end;
    } catch (thrown) {
      this.fault = {
        at: position + start,
        reason: `there is no entry where one must be: ${toError(thrown).message}`,
      };
      return undefined;
    }
  }

  #isPlainAt(start: number): boolean {
    const { bytes } = this.#backlog;
    return bytes[start] === arrayOfTwo && isPlainEvent(bytes, start + 1);
  }

  #part(): ContentPart {
    const { bytes, position } = this.#backlog;
    const own = bytes.subarray(0, this.#length);
    const part = {
      content: this.#isPlain ? own : encodeEntries(decodeEntries(own)),
      count: this.#count,
      begin: position,
      end: position + this.#length,
    };
    this.#backlog.drop(this.#length);
    this.#length = 0;
    this.#count = 0;
    this.#isPlain = true;
    return part;
  }
}

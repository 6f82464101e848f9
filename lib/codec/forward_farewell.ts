import { getField, isRecord } from '../event/entry.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

/*
 * The last word of a side that does not trust the other, after which it closes the connection:
 *
 *     { "refused": kind, "reason": text }
 *
 * The forward protocol has none: it can only say why a PING is refused. TLS has alerts, but Node judges a
 * certificate after the handshake, when it is too late for one. Other programs take a map for what is no frame
 * and no acknowledgement, and pass over it with a warning that shows it.
 */

/** Why one side refuses the other. */
export interface Farewell {
  /** One word of a few. */
  readonly kind: string;
  readonly reason: string;
}

const longestReason = 300;
const mapLead = 0x82;
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** A last word. */
export function encodeFarewell({ kind, reason }: Farewell): Uint8Array {
  writer.clear();
  writer.value({ refused: kind, reason });
  return writer.take();
}

/** The last word in a frame; undefined when it is something else. */
export function decodeFarewell(frame: Uint8Array): Farewell | undefined {
  if (frame[0] !== mapLead || frame.length > 4 * longestReason) return undefined;
  reader.open(frame);
  const value = reader.value();
  if (!isRecord(value)) return undefined;
  const kind = getField(value, 'refused');
  const reason = getField(value, 'reason');
  if (typeof kind !== 'string' || typeof reason !== 'string') return undefined;
  return { kind, reason: printable(reason) };
}

/** A text from outside that can stand in a log. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ').slice(0, longestReason);
}

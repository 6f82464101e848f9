import type { Socket } from 'node:net';
import { isUint8Array } from 'node:util/types';

/** What all sockets read into, one after another: what was read is used up before the next one reads. */
let memory: Buffer | undefined;
const readBytes = 2 * 1024 * 1024;

/** A socket's own names for what `onread` of `net.Socket` sets, which a server's sockets cannot be given. */
interface Switches {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** Takes the bytes that were read, which hold only until it returns; false: no more for now, until the socket is resumed. */
export type TakeRead = (bytes: Buffer) => boolean;

/**
 * Has a socket read into memory that is always the same, as `onread` does for sockets that connect. Node makes a
 * new buffer for each read else, and collecting these was a sixth of a relay's work. False, and nothing is changed,
 * where this Node has no such way: then `data` tells what comes.
 */
export function readShared(socket: Socket, take: TakeRead): boolean {
  const found = switchesOf(socket);
  const handle: unknown = Reflect.get(socket, '_handle');
  if (found === undefined || !canUseBuffer(handle) || socket.readableLength > 0) return false;
  memory ??= Buffer.allocUnsafeSlow(readBytes);
  const callback = (length: number, bytes: unknown): boolean =>
    !isUint8Array(bytes) || take(Buffer.from(bytes.buffer, bytes.byteOffset, length));
  Reflect.set(socket, found.buffer, memory);
  Reflect.set(socket, found.callback, callback);
  handle.useUserBuffer(memory);
  return true;
}

/** Both names, where they are as they have been since `onread` came and hold nothing yet. */
function switchesOf(socket: Socket): Switches | undefined {
  const own = Object.getOwnPropertySymbols(socket);
  const [buffer, callback] = ['kBuffer', 'kBufferCb'].map((name) =>
    own.find((each) => each.description === name && Reflect.get(socket, each) === null),
  );
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}

function canUseBuffer(
  handle: unknown,
): handle is { readonly useUserBuffer: (buffer: Buffer) => void } {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'useUserBuffer' in handle &&
    typeof handle.useUserBuffer === 'function'
  );
}

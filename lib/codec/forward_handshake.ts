import { createHash, timingSafeEqual } from 'node:crypto';
import { type EventValue, getField, isRecord, RawString } from '../event/entry.ts';
import { MsgpackReader } from './msgpack_reader.ts';
import { MsgpackWriter } from './msgpack_writer.ts';

/*
 * The handshake of the forward protocol, when the server has a shared key. Digests are SHA-512 in lower-case hex.
 *
 *     server: ["HELO", { "nonce": bin, "auth": bin, "keepalive": bool }]
 *     client: ["PING", hostname, salt, digest(salt, hostname, nonce, shared key),
 *              username, digest(auth, username, password)]        both "" when "auth" is empty
 *     server: ["PONG", ok, reason, hostname, digest(salt, hostname, nonce, shared key)]
 *              the last two "" unless ok; after a failure the server closes the connection
 */

/** What a server greets with. */
export interface Helo {
  readonly nonce: Uint8Array;
  /** The salt of password digests; empty when the server asks for no user. */
  readonly auth: Uint8Array;
  /** Whether the server lets connections stay open. */
  readonly keepsAlive: boolean;
}

/** What a client identifies itself by. */
export interface Ping {
  readonly hostname: Uint8Array;
  readonly salt: Uint8Array;
  readonly keyDigest: string;
  readonly username: string;
  readonly passwordDigest: string;
}

/** What a client knows of itself. */
export interface Credentials {
  readonly hostname: string;
  readonly sharedKey: string;
  readonly username: string;
  readonly password: string;
}

/** The server calls itself what the client does: most likely it is the client's own. */
export const sameHostname = 'server and client have the same host name';
/** The server accepts the client, but does not know the key itself. */
export const keyMismatch = 'shared key mismatch';

const nothing = new Uint8Array(0);
const writer = new MsgpackWriter();
const reader = new MsgpackReader();

/** The server's greeting. */
export function encodeHelo(helo: Helo): Uint8Array {
  const { nonce, auth, keepsAlive } = helo;
  return encode(['HELO', { nonce, auth, keepalive: keepsAlive }]);
}

/** The greeting, or undefined when the frame is something else. */
export function decodeHelo(frame: Uint8Array): Helo | undefined {
  const [word, options] = decodeList(frame);
  if (word !== 'HELO' || !isRecord(options)) return undefined;
  const nonce = bytesOf(getField(options, 'nonce'));
  const auth = bytesOf(getField(options, 'auth') ?? '');
  if (nonce === undefined || auth === undefined) return undefined;
  return { nonce, auth, keepsAlive: getField(options, 'keepalive') !== false };
}

/** The client's answer to a greeting; `salt` is 16 random bytes in hex, for it alone. */
export function encodePing(helo: Helo, salt: string, credentials: Credentials): Uint8Array {
  const { hostname, sharedKey, username, password } = credentials;
  const hasUser = helo.auth.length > 0;
  return encode([
    'PING',
    hostname,
    salt,
    digest(salt, hostname, helo.nonce, sharedKey),
    hasUser ? username : '',
    hasUser ? digest(helo.auth, username, password) : '',
  ]);
}

/** The client's answer, or undefined when the frame is something else. */
export function decodePing(frame: Uint8Array): Ping | undefined {
  const list = decodeList(frame);
  const [word, ...rest] = list;
  if (word !== 'PING' || list.length !== 6) return undefined;
  const [hostname, salt, keyDigest, username, passwordDigest] = rest.map(bytesOf);
  if (hostname === undefined || salt === undefined || keyDigest === undefined) return undefined;
  return {
    hostname,
    salt,
    keyDigest: textOf(keyDigest),
    // Clients without a user leave these out in their own ways, nil among them.
    username: textOf(username ?? nothing),
    passwordDigest: textOf(passwordDigest ?? nothing),
  };
}

/** The server's last word to a client that it lets in. */
export function encodePong(
  ping: Ping,
  helo: Helo,
  hostname: string,
  sharedKey: string,
): Uint8Array {
  return encode(['PONG', true, '', hostname, digest(ping.salt, hostname, helo.nonce, sharedKey)]);
}

/** The server's last word to a client that it refuses. */
export function encodeRefusal(reason: string): Uint8Array {
  return encode(['PONG', false, reason, '', '']);
}

/** Why the client cannot trust the server's last word, or undefined when it can. */
export function faultInPong(
  frame: Uint8Array,
  helo: Helo,
  salt: string,
  credentials: Credentials,
): string | undefined {
  const list = decodeList(frame);
  const [word, isAccepted, reason, name, proof] = list;
  if (word !== 'PONG' || list.length !== 5) return 'malformed PONG';
  if (isAccepted !== true) return `refused by the server: ${String(reason)}`;
  const hostname = bytesOf(name);
  const given = bytesOf(proof);
  if (hostname === undefined || given === undefined) return 'malformed PONG';
  if (textOf(hostname) === credentials.hostname) return sameHostname;
  const expected = digest(salt, hostname, helo.nonce, credentials.sharedKey);
  return equalDigests(expected, textOf(given)) ? undefined : keyMismatch;
}

/** The digest that a client or server proves its knowledge of the last part by. */
export function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Compares digests in a time that tells nothing of where they differ. */
export function equalDigests(expected: string, given: string): boolean {
  const one = Buffer.from(expected);
  const other = Buffer.from(given);
  return one.length === other.length && timingSafeEqual(one, other);
}

function encode(value: EventValue): Uint8Array {
  writer.clear();
  writer.value(value);
  return writer.take();
}

function decodeList(frame: Uint8Array): readonly EventValue[] {
  reader.open(frame);
  const value = reader.value();
  return Array.isArray(value) ? value : [];
}

function bytesOf(value: EventValue | undefined): Uint8Array | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof RawString) return value.bytes;
  return value instanceof Uint8Array ? value : undefined;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

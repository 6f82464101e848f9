import { isIP } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { Clock } from '../clock.ts';
import { MillraceError, systemCode, toError } from '../error.ts';
import { type DialTarget, dialTcp } from './dial.ts';
import { certificateFault, type PeerFault, tlsFault } from './tls_fault.ts';
import type { TlsKeeper } from './tls_keeper.ts';

/** How connections of one kind are secured. */
export interface TlsDialing {
  /** The context of new connections: what the files hold now. */
  readonly context: () => SecureContext;
  /** What a server is to be called in its certificate; undefined: the host that is connected to. */
  readonly serverName: string | undefined;
  /** Any certificate will do, of anybody. */
  readonly trustsAll: boolean;
  readonly trustsSelfSigned: boolean;
  readonly verifiesName: boolean;
  /** What a server is told that we do not trust. */
  readonly farewell: (fault: PeerFault) => Uint8Array;
}

/** Gives the context of what a keeper keeps; it is made anew only when that has changed. */
export function contextOf(keeper: TlsKeeper): () => SecureContext {
  let options = keeper.options;
  let context = createSecureContext(options);
  return () => {
    if (keeper.options !== options) {
      options = keeper.options;
      context = createSecureContext(options);
    }
    return context;
  };
}

const partingMs = 1000;

/**
 * Opens a TLS connection to a server that is to be trusted.
 * @throws MR_AUTH when it is not, or when the two have no language in common; MR_NET when there is no connection within the time, once for TCP and once for TLS; MR_STOPPED when `signal` is aborted
 */
export async function dialTls(
  target: DialTarget,
  dialing: TlsDialing,
  clock: Clock,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const where = `${target.host}:${target.port}`;
  const name = dialing.serverName ?? target.host;
  const socket = connect({
    socket: await dialTcp(target, clock, signal),
    secureContext: dialing.context(),
    // An address cannot be asked for by name.
    ...(isIP(name) === 0 && { servername: name }),
    // Judged below, where a server can be told why not.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  // Later errors are told by `close`; unheard, one would end the process.
  socket.on('error', () => {});
  try {
    await shaken(socket, where, target.timeoutMs, clock, signal);
  } catch (thrown) {
    socket.destroy();
    const cause = toError(thrown);
    if (cause instanceof MillraceError) throw cause;
    const fault = tlsFault(cause);
    if (fault !== undefined) {
      throw new MillraceError('MR_AUTH', `${where}: ${fault.words}`, { cause });
    }
    const why = `the TLS handshake broke off: ${cause.message}`;
    throw new MillraceError('MR_NET', `${where}: ${why}`, { cause });
  }
  const found = judge(socket, name, dialing);
  if (found === undefined) return socket;
  socket.end(dialing.farewell(found.fault));
  // So that it is still sent; who asked for the connection is told at once.
  const timer = clock.after(partingMs, () => socket.destroy(), { keepAlive: false });
  socket.once('close', () => timer.cancel()).resume();
  throw new MillraceError('MR_AUTH', `${where}: ${found.fault.words}`, { cause: found.cause });
}

/** Resolves when the handshake is over. */
function shaken(
  socket: TLSSocket,
  where: string,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = `${where}: no TLS handshake within ${timeoutMs} ms`;
    const timer = clock.after(timeoutMs, () => finish(new MillraceError('MR_NET', late)));
    const onAbort = (): void => {
      finish(new MillraceError('MR_STOPPED', `${where}: stopped during the TLS handshake`));
    };
    const onClose = (): void => finish(new Error('the connection was closed'));
    const finish = (error?: Error): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', finish);
      socket.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('secureConnect', () => finish());
    socket.once('error', finish);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const selfSigned = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN']);

/** Why a server is not to be trusted. */
function judge(
  socket: TLSSocket,
  name: string,
  { trustsAll, trustsSelfSigned, verifiesName }: TlsDialing,
): { readonly fault: PeerFault; readonly cause: Error } | undefined {
  if (trustsAll) return undefined;
  const certificate = socket.getPeerCertificate();
  const code = socket.authorized ? undefined : String(socket.authorizationError);
  if (code !== undefined && !(trustsSelfSigned && selfSigned.has(code))) {
    const { kind, words } = certificateFault(code);
    const more = moreOf(kind, certificate);
    return { fault: { kind, words: `${words}${more}` }, cause: new Error(code) };
  }
  const cause = verifiesName ? checkServerIdentity(name, certificate) : undefined;
  if (cause === undefined) return undefined;
  const { kind, words } = certificateFault(systemCode(cause) ?? '');
  const names = certificate.subjectaltname ?? `CN:${certificate.subject?.CN}`;
  return { fault: { kind, words: `${words}, not for \`${name}\`: ${names}` }, cause };
}

/** What one wants to know besides. */
function moreOf(
  kind: PeerFault['kind'],
  { valid_from, valid_to }: { readonly valid_from: string; readonly valid_to: string },
): string {
  if (kind === 'expired') return ` (${valid_to})`;
  return kind === 'not_yet_valid' ? ` (${valid_from})` : '';
}

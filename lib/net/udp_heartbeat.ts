import dgram from 'node:dgram';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import { cannotListen } from './tcp_server.ts';

const beat = Buffer.from([0]);

/** A socket that answers heartbeats. */
export interface HeartbeatListener {
  close(): void;
}

/** Answers every UDP datagram with one zero byte, as the forward protocol's heartbeat asks. @throws MR_NET */
export function answerHeartbeats(host: string, port: number): Promise<HeartbeatListener> {
  const socket = dgram.createSocket({ type: typeOf(host), reuseAddr: false });
  return new Promise((resolve, reject) => {
    socket.once('error', (cause) => reject(cannotListen('UDP', host, port, cause)));
    socket.on('message', (_message, peer) => {
      // An answer that cannot be sent is a heartbeat that was lost, as any datagram may be.
      socket.send(beat, peer.port, peer.address, () => {});
    });
    socket.bind({ address: host, port, exclusive: false }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve({ close: () => socket.close() });
    });
  });
}

/** Whether an address answers a heartbeat within the time. It never rejects: a datagram that is lost says nothing. */
export function askHeartbeat(
  address: string,
  port: number,
  timeoutMs: number,
  clock: Clock,
): Promise<boolean> {
  const socket = dgram.createSocket(typeOf(address));
  return new Promise((resolve) => {
    const finish = (isAlive: boolean): void => {
      timer.cancel();
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      resolve(isAlive);
    };
    const timer = clock.after(timeoutMs, () => finish(false), { keepAlive: false });
    socket.on('error', () => finish(false));
    socket.on('message', () => finish(true));
    // Connected, it hears from that address alone.
    socket.connect(port, address, () => socket.send(beat));
    socket.unref();
  });
}

/** `isIP` first asks for version 4: the regular expression of version 6 takes Node 8 ms to compile. */
function typeOf(address: string): 'udp4' | 'udp6' {
  return isIP(address) === 6 ? 'udp6' : 'udp4';
}

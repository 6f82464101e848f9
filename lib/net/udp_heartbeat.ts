import dgram from 'node:dgram';
import net from 'node:net';
import type { Clock } from '../clock.ts';
import { cannotListen } from './tcp_server.ts';

const beat = Buffer.from([0]);

/** A socket that answers heartbeats. */
export interface HeartbeatListener {
  close(): void;
}

/** Answers every UDP datagram with one zero byte, as the forward protocol's heartbeat asks. @throws MR_NET */
export function answerHeartbeats(host: string, port: number): Promise<HeartbeatListener> {
  const socket = dgram.createSocket({ type: net.isIPv6(host) ? 'udp6' : 'udp4', reuseAddr: false });
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
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
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

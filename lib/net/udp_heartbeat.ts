import dgram from 'node:dgram';
import net from 'node:net';
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

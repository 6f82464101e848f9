import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';

const lingerMs = 1000;

/**
 * Closes a connection so that what was written arrives: a socket closed over unread bytes resets the
 * connection, and the peer may lose our last words. So it is half-closed, and closed when the peer has closed
 * too or a second has passed.
 */
export function closeGently(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  socket.end();
  socket.removeAllListeners('data');
  socket.on('data', () => {});
  socket.resume();
  const timer = clock.after(lingerMs, () => socket.destroy(), { keepAlive: false });
  socket.once('close', () => timer.cancel());
  if (socket.readableEnded) socket.destroySoon();
  else socket.once('end', () => socket.destroySoon());
}

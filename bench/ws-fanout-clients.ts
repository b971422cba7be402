/** The clients of `ws-fanout`, in a process of their own: they connect, read, and make nothing of what they read. */

import { once } from 'node:events';
import { connect } from 'node:net';

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
/** So many connect at once: more than wait to be accepted are refused. */
const AT_ONCE = 50;

const [port = 0, clients = 0] = process.argv.slice(2).map(Number);
process.on('disconnect', () => process.exit());

async function open(): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${HANDSHAKE.join('\r\n')}\r\n\r\n`);
  socket.resume();
}

for (let opened = 0; opened < clients; opened += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - opened) }, open));

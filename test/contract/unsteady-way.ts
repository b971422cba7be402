/** A way to a server on which connections break when the test wants it. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export type UnsteadyWay = Awaited<ReturnType<typeof openUnsteadyWay>>;

/** Opens a port of its own that leads to `host:port`. */
export async function openUnsteadyWay(to: string) {
  const { hostname, port } = new URL(`http://${to}`);
  const sockets = new Set<Socket>();
  const wish = { loseNextAnswer: false };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (bytes) => {
      if (!wish.loseNextAnswer) return client.write(bytes);
      wish.loseNextAnswer = false;
      return client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The server does what it is asked next, and its answer does not arrive. */
    loseNextAnswer: () => void (wish.loseNextAnswer = true),
    breakAll,
    close: () => {
      breakAll();
      server.close();
    },
  };
}

/** A way to a database that can be shut: connections come about, and nothing answers until it is opened. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Gate extends AsyncDisposable {
  /** The database's address by way of the gate. */
  readonly url: string;
  /** Lets through anyone who waits and anyone who comes. */
  open(): void;
  /** Cuts every connection; those that come from now on wait until it is opened again. */
  cut(): void;
}

/** Puts a shut gate before the database. */
export async function openGate(databaseUrl: string): Promise<Gate> {
  const target = new URL(databaseUrl);
  const [port, host] = [Number(target.port), target.hostname];
  const waiting = new Set<Socket>();
  const sockets = new Set<Socket>();
  let isOpen = false;
  const letThrough = (socket: Socket): void => {
    const onwards = connect(port, host);
    sockets.add(onwards);
    // One side's end is the other side's end; how it came about is no concern of the gate.
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (isOpen) letThrough(socket);
    else waiting.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    open: () => {
      isOpen = true;
      for (const socket of waiting) if (!socket.destroyed) letThrough(socket);
      waiting.clear();
    },
    cut: () => {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

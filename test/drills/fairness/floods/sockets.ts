/** Floods of WebSockets: thousands that say nothing, and thousands that guess a cookie. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { byMany, floodAddress, pause } from '../flood.ts';
import type { Flood, FloodPlace } from '../flood.ts';

const SILENT = 5_000;
const SILENT_ADDRESSES = 60;
const AGAIN_AFTER_MS = 5_000;

/** Five thousand sockets that never say who they are; each is opened again some seconds after it ended. */
export const silentSockets: Flood = async (place) => ({
  run: () =>
    byMany(
      place,
      SILENT,
      async (sender) => {
        // Not all at the same moment: the flood lasts.
        await pause(place.ends, Math.random() * AGAIN_AFTER_MS);
        await openSocket(place, { from: floodAddress(sender % SILENT_ADDRESSES), isHeld: true });
      },
      AGAIN_AFTER_MS,
    ),
});

const GUESSERS = 36;
const GUESS_EVERY_MS = 30;

/** A thousand guesses a second, each with a cookie of the right shape, from as many addresses as that takes. */
export const guessedCookies: Flood = async (place) => ({
  run: () =>
    byMany(
      place,
      GUESSERS,
      (sender) =>
        openSocket(place, {
          from: floodAddress(sender),
          cookie: randomBytes(32).toString('base64url'),
          isHeld: false,
        }),
      GUESS_EVERY_MS,
    ),
});

interface Opening {
  readonly from: string;
  readonly cookie?: string;
  /** Whether it stays open until the server ends it. */
  readonly isHeld: boolean;
}

/** Asks for a socket, counts the status of the answer, and resolves when the connection is over. */
function openSocket({ address, ends, count }: FloodPlace, { from, cookie, isHeld }: Opening): Promise<void> {
  const { hostname, port, host } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: ${from}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      (cookie === undefined ? '\r\n' : `Origin: ${address}\r\nCookie: session=${cookie}\r\n\r\n`),
  );
  let isCounted = false;
  const note = (outcome: number | string): void => {
    if (!isCounted) count(outcome);
    isCounted = true;
  };
  const end = (): void => void socket.destroy();
  ends.addEventListener('abort', end);
  socket.on('data', (bytes: Buffer) => {
    note(Number(bytes.toString('latin1').slice(9, 12)));
    if (!isHeld) end();
  });
  socket.once('error', end);
  socket.once('end', end);
  socket.once('close', () => {
    ends.removeEventListener('abort', end);
    note('cut off');
    resolve();
  });
  return promise;
}

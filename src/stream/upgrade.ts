/** What can be said of a request to become a WebSocket before it is one. */

import { PROBLEM_TYPES } from '../core/shared/app-error.ts';
import { SESSION_COOKIE } from '../http/principal.ts';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProblemName } from '../core/shared/app-error.ts';

/** Returns the session cookie of a request. */
export function cookieToken({ headers }: IncomingMessage): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1);
}

/** Returns the path that was asked for; what comes after `?` is not looked at, and no token is taken from it. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Answers with a problem over plain HTTP and ends the connection. */
export function refuseUpgrade(socket: Duplex, type: ProblemName, detail: string): void {
  if (!socket.writable) return void socket.destroy();
  const { status, title } = PROBLEM_TYPES[type];
  const body = JSON.stringify({ type: `/problems/${type}`, title, status, detail, code: type });
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? ['Retry-After: 2'] : []),
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}

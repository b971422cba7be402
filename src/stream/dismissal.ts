/** Why a client has to go: a close code for programs, and a sentence for anyone who reads it. */

import { CLOSE_CODES } from './protocol.ts';
import type { WebSocket } from 'ws';

/** The longest reason that a close frame holds, in bytes (RFC 6455, section 5.5). */
const REASON_BYTES = 123;

/** The code, and the sentence. */
export interface Dismissal {
  readonly code: number;
  readonly reason: string;
}

export const SESSION_ENDED = unauthenticated('the session has ended');

/** It is not known who the client is, or not any more. */
export function unauthenticated(reason: string): Dismissal {
  return { code: CLOSE_CODES.unauthenticated, reason };
}

/** The client does not keep up with what it asked for, or asks for more than its share. */
export function tooSlow(reason: string): Dismissal {
  return { code: CLOSE_CODES.tooSlow, reason };
}

/** Closes a socket, with as much of the reason as fits. */
export function dismiss(socket: WebSocket, { code, reason }: Dismissal): void {
  let text = reason.slice(0, REASON_BYTES);
  while (Buffer.byteLength(text) > REASON_BYTES) text = text.slice(0, -1);
  socket.close(code, text);
}

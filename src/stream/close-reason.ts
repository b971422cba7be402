/** Why a socket is closed: a close code for programs, and a sentence for people. */

import { CLOSE_CODES } from './protocol.ts';
import type { WebSocket } from 'ws';

/** The longest reason that a close frame holds, in bytes (RFC 6455, section 5.5). */
const REASON_BYTES = 123;

/** The code, and the sentence. */
export interface CloseReason {
  readonly code: number;
  readonly text: string;
}

export const SESSION_ENDED = unauthenticated('the session has ended');
export const ADDRESS_BLOCKED: CloseReason = {
  code: CLOSE_CODES.forbidden,
  text: 'the address was blocked',
};
export const SECOND_FACTOR_NEEDED: CloseReason = {
  code: CLOSE_CODES.forbidden,
  text: 'a second factor has to be added first: POST /me/second-factor',
};
export const RESTARTING: CloseReason = {
  code: CLOSE_CODES.restarting,
  text: 'the server is stopping; connect again',
};

/** It is not known who the client is, or not any more. */
export function unauthenticated(text: string): CloseReason {
  return { code: CLOSE_CODES.unauthenticated, text };
}

/** The client does not keep up with what it asked for, or asks for more than its share. */
export function tooSlow(text: string): CloseReason {
  return { code: CLOSE_CODES.tooSlow, text };
}

/** Closes a socket, with as much of the sentence as fits. */
export function closeSocket(socket: WebSocket, { code, text }: CloseReason): void {
  let fitting = text.slice(0, REASON_BYTES);
  while (Buffer.byteLength(fitting) > REASON_BYTES) fitting = fitting.slice(0, -1);
  socket.close(code, fitting);
}

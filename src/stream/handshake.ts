/** What a request needs to become a WebSocket (RFC 6455, 4.2.1). The library checks it too, and answers with a page of HTML. */

import { Problem } from '../core/shared/problem.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

const VERSION = '13';
/** 16 bytes in Base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** Names of protocols, tokens of HTTP (RFC 9110, 5.6.2), with commas between them. */
const PROTOCOLS = /^[!#$%&'*+.^_`|~\w-]+([ \t]*,[ \t]*[!#$%&'*+.^_`|~\w-]+)*$/;

/** Refuses a request for anything but a WebSocket; always throws `upgrade-required`. */
export function refuseOtherThanSocket(_request: FastifyRequest, reply: FastifyReply): never {
  void reply.header('upgrade', 'websocket');
  throw new Problem(
    'upgrade-required',
    'Only WebSockets are served here, and each needs a connection of its own.',
  );
}

/** Throws `upgrade-required` for another version of WebSockets, and `invalid-request` without a key or with wrong protocols. */
export function assertHandshake({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers['sec-websocket-version'] !== VERSION) {
    void reply.headers({ upgrade: 'websocket', 'sec-websocket-version': VERSION });
    throw new Problem('upgrade-required', `Sec-WebSocket-Version needs to be ${VERSION}.`);
  }
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key))
    throw new Problem('invalid-request', 'Sec-WebSocket-Key needs 16 random bytes in Base64.');
  const protocols = headers['sec-websocket-protocol'];
  if (protocols !== undefined && !areDistinctNames(protocols))
    throw new Problem(
      'invalid-request',
      'Sec-WebSocket-Protocol needs different names with commas between them. It can be left out.',
    );
}

function areDistinctNames(protocols: string): boolean {
  const names = protocols.split(',').map((name) => name.trim());
  return PROTOCOLS.test(protocols) && new Set(names).size === names.length;
}

/** Who is at the other end of a request: address, browser and the token that was shown. */

import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

const BEARER = /^Bearer +([^ ]+) *$/i;
/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::\d+)?$/;
/** How an IPv4 address looks on a socket that listens for both kinds. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An IPv6 address has eight groups of 16 bits, and its network the first four. */
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;

/** Who sent a request and how; no address when a proxy hides it. */
export interface Client {
  readonly requestId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** A token and how it came. */
export interface PresentedToken {
  readonly token: string;
  readonly by: 'bearer' | 'cookie';
}

/** Returns the facts about a request's sender that the journal keeps. */
export function clientOf(request: FastifyRequest): Client {
  return { requestId: request.id, ipAddress: addressOf(request), userAgent: request.headers['user-agent'] };
}

/**
 * Returns the sender's address in the form in which it is stored and blocked; undefined when its connection is gone already.
 * `request.ip` is what a trusted proxy says and may be anything; when it is no address, the proxy's own counts.
 */
export function addressOf(request: FastifyRequest): string | undefined {
  // A reset connection has no address, whatever the type of `ip` says.
  const said: string | undefined = request.ip;
  return normalizeAddress(said) ?? normalizeAddress(request.socket.remoteAddress);
}

/** Returns what counts as one sender: an IPv4 address, or the /64 of an IPv6 address, which one home or company has. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, IPV6_GROUPS - groups.length - last.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...last];
  return `${all
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Returns the token of a request. A bearer token counts before a cookie, because it is sent on purpose. */
export function presentedToken(request: FastifyRequest): PresentedToken | undefined {
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, by: 'bearer' };
  const cookie = cookieToken(request);
  return cookie === undefined ? undefined : { token: cookie, by: 'cookie' };
}

/** Returns the token of the session cookie. */
export function cookieToken({ cookies, server }: FastifyRequest): string | undefined {
  return cookies[server.cookieNames.session];
}

function normalizeAddress(text = ''): string | undefined {
  // The form that it has nearly always.
  if (isIP(text) === 4) return text;
  const [address = ''] = (WITH_PORT.exec(text)?.slice(1).join('') ?? text).split('%');
  const mapped = MAPPED_IPV4.exec(address)?.[1] ?? address;
  return isIP(mapped) === 0 ? undefined : mapped;
}

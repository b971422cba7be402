/** The names and attributes of our cookies. */

import type { App } from './route.ts';

/** What the cookies are called here. */
export interface CookieNames {
  /** Carries the token of the session in browsers. */
  readonly session: string;
  /** By it a browser is known in which its person signed in before; it opens nothing. */
  readonly device: string;
}

const PLAIN: CookieNames = { session: 'session', device: 'device' };
/** With this prefix a browser takes a cookie from this very host and over https only: no neighbour under the same domain can set it. */
const OF_HOST: CookieNames = { session: '__Host-session', device: '__Host-device' };

declare module 'fastify' {
  interface FastifyInstance {
    cookieNames: CookieNames;
  }
}

/** Names the cookies of an app that browsers reach at `publicUrl`. */
export function nameCookies(app: App, publicUrl: string): void {
  app.decorate('cookieNames', isSecure(publicUrl) ? OF_HOST : PLAIN);
}

/** Returns the attributes of every cookie: scripts cannot read it, and requests that other sites make do not carry it. */
export function cookieAttributes(publicUrl: string) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(publicUrl) } as const;
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

/** Who sends a request. HTTP and WebSocket use these interfaces; the room of people implements them. */

/** The cookie that carries the token in browsers. */
export const SESSION_COOKIE = 'session';

/** A person who is signed in. */
export interface Principal {
  readonly userId: string;
  readonly role: 'trader' | 'admin';
  readonly sessionId: string;
}

/** Whose token it is. */
export interface Tokens {
  /** Who a token belongs to, if it was looked up a moment ago; costs no query. */
  remembered(token: string): Principal | undefined;
  /** Who a token belongs to, or undefined when it opens no live session. */
  authenticate(token: string): Promise<Principal | undefined>;
}

/** Which addresses are refused. */
export interface AddressBlocks {
  isBlocked(address: string): Promise<boolean>;
}

/** Who sends a request, and who knows it. HTTP and WebSocket ask these questions; the room of people answers them. */

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
  /** Who a token belongs to, if that was found out a moment ago; costs no query. */
  remembered(token: string): Principal | undefined;
  /** Who a token belongs to, or undefined when it opens no live session. */
  authenticate(token: string): Promise<Principal | undefined>;
}

/** Which addresses are refused. */
export interface AddressBlocks {
  isBlocked(address: string): Promise<boolean>;
}

/** Who sends a request. HTTP and WebSocket use these interfaces; the room of people implements them. */

import type { Client } from './client.ts';

/** What a token may be used for; each includes those before it. */
export type Scope = 'read' | 'trade' | 'admin';

/** A person who is signed in, or for whom a program sends a request with an API key. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly role: 'trader' | 'admin';
  readonly type: 'session' | 'api-key';
  /** The id of the session or of the API key. */
  readonly credentialId: string;
  /** The end of the token of an API key, which may be given another one. */
  readonly tokenEnd?: string | undefined;
  /** What the person named the API key. */
  readonly keyName?: string | undefined;
  /** All that the role allows for a session; an API key may be for less. */
  readonly scope: Scope;
  /** The person has to add a second factor before the session opens anything else. */
  readonly needsSecondFactor?: boolean;
}

/** Whose token it is. */
export interface Tokens {
  /** Who a token belongs to that came from `address`, if it was looked up a moment ago; costs no query. */
  remembered(token: string, address: string | undefined): Principal | undefined;
  /** Who a token that came from `address` belonged to when it was last looked up, which may be long ago; costs no query. */
  lastKnown(token: string, address: string | undefined): Principal | undefined;
  /** Who a token belongs to that came from `address`, or undefined when it opens nothing from there. */
  authenticate(token: string, address: string | undefined): Promise<Principal | undefined>;
}

/** A request that was refused, and the code of the problem. */
export interface RefusedRequest {
  readonly reason: string;
  readonly method: string;
  /** The path of the route, without ids. */
  readonly route: string;
}

/** Where it is recorded that someone who is signed in may not do what they asked for. */
export interface RefusalRecord {
  record(principal: Principal, refused: RefusedRequest, client: Client): Promise<void>;
}

/** Which addresses are refused. */
export interface AddressBlocks {
  isBlocked(address: string): Promise<boolean>;
}

/** Whose token it is, whether of a session or of an API key. */

import { hashOfToken } from './remembered-tokens.ts';
import type { Principal, Tokens } from '../http/principal.ts';
import type { ApiKeys } from './api-keys/api-keys.ts';
import type { EndListener, Opened, RememberedTokens } from './remembered-tokens.ts';
import type { Sessions } from './sessions.ts';

export interface CredentialsDependencies {
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
  readonly remembered: RememberedTokens;
  readonly clock: () => number;
}

/** All tokens of the server. */
export class Credentials implements Tokens {
  readonly #deps: CredentialsDependencies;

  constructor(deps: CredentialsDependencies) {
    this.#deps = deps;
  }

  remembered(token: string, address: string | undefined): Principal | undefined {
    const { remembered, clock } = this.#deps;
    return admitted(remembered.find(hashOfToken(token), clock()), address);
  }

  lastKnown(token: string, address: string | undefined): Principal | undefined {
    return admitted(this.#deps.remembered.lastOpened(hashOfToken(token)), address);
  }

  async authenticate(token: string, address: string | undefined): Promise<Principal | undefined> {
    const { remembered, clock, apiKeys, sessions } = this.#deps;
    const opened = await remembered.look(
      hashOfToken(token),
      clock(),
      async () => (await apiKeys.lookUp(token)) ?? sessions.lookUp(token),
    );
    return admitted(opened, address);
  }

  /** Returns those whose session or key still lives, with the same token: what sockets were opened with was looked up long ago. */
  async liveAmong(principals: readonly Principal[]): Promise<ReadonlySet<Principal>> {
    const idsOf = (wanted: Principal['type']): string[] =>
      principals.flatMap(({ type, credentialId }) => (type === wanted ? [credentialId] : []));
    const { apiKeys, sessions } = this.#deps;
    const [sessionIds, tokenEnds] = await Promise.all([
      sessions.liveAmong(idsOf('session')),
      apiKeys.liveAmong(idsOf('api-key')),
    ]);
    const live = new Set(sessionIds);
    return new Set(
      principals.filter(({ credentialId, tokenEnd }) =>
        tokenEnd === undefined ? live.has(credentialId) : tokenEnds.get(credentialId) === tokenEnd,
      ),
    );
  }

  /** Acts on sessions and keys that another copy of the server ended. */
  forget(credentialIds: readonly string[]): void {
    this.#deps.remembered.forget(credentialIds);
  }

  /** Calls `listener` for what ends before its time, until the returned function is called. */
  onEnded(listener: EndListener): () => void {
    return this.#deps.remembered.onEnded(listener);
  }
}

/** With a range nothing is opened from elsewhere, nor when the address is not known. */
function admitted(opened: Opened | undefined, address: string | undefined): Principal | undefined {
  if (!opened) return undefined;
  const { principal, addresses } = opened;
  if (addresses === undefined) return principal;
  return address !== undefined && addresses.includes(address) ? principal : undefined;
}

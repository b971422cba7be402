/** Requests of people who are signed in that were refused, in the journal: so many that a person sees them, and no more. */

import { recentlyUsed } from '../process/recently-used.ts';
import { securityFact } from './security-journal.ts';
import type { Client } from '../http/client.ts';
import type { Principal, RefusalRecord, RefusedRequest } from '../http/principal.ts';
import type { Journal } from './security-journal.ts';

/** The type of these entries. */
const ACCESS_REFUSED = 'access-refused';
/** A program that is refused asks again and again: one entry in this time for each token and reason. */
const RECORD_EVERY_MS = 60_000;
/** Beyond these the one that was refused longest ago is recorded at once when it is refused again. */
const MOST_REMEMBERED = 10_000;

export interface RefusalsDependencies {
  readonly journal: Journal;
  readonly clock: () => number;
}

/** Records refusals. */
export class Refusals implements RefusalRecord {
  readonly #deps: RefusalsDependencies;
  /** By token and reason: when an entry was made, and how many refusals have none since. */
  readonly #recorded = recentlyUsed<{ readonly at: number; further: number }>(MOST_REMEMBERED);

  constructor(deps: RefusalsDependencies) {
    this.#deps = deps;
  }

  /** Makes an entry for the first refusal of a token for a reason, and then one a minute, which says how many came in between. */
  async record(
    { userId, username, type, credentialId, keyName }: Principal,
    refused: RefusedRequest,
    client: Client,
  ): Promise<void> {
    const { reason, method, route } = refused;
    const at = this.#deps.clock();
    const key = `${credentialId} ${reason}`;
    const last = this.#recorded.get(key);
    if (last && at - last.at < RECORD_EVERY_MS) {
      last.further += 1;
      return;
    }
    this.#recorded.set(key, { at, further: 0 });
    await this.#deps.journal.record({
      ...securityFact(client, {
        type: ACCESS_REFUSED,
        severity: 'warning',
        userId,
        description: `${method} ${route} was refused: ${reason}.`,
        details: { reason, method, route, with: type, credentialId, furtherBefore: last?.further ?? 0 },
      }),
      actor: { type: 'person', userId, name: username, with: type, keyName },
    });
  }
}

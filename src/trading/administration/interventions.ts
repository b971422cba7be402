/**
 * Carries out at once what administrators ask for, in the copy of the server that runs the account. What none does now is stored as a hold,
 * and the supervisor does it later.
 */

import { actAs } from '../../process/acting.ts';
import { Problem } from '../../core/shared/problem.ts';
import { unreachable } from '../../core/shared/assert.ts';
import { heldText } from './hold.ts';
import { interventionOf } from './intervention.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Journal } from '../../people/security-journal.ts';
import type { Log } from '../../process/log.ts';
import type { AccountStore, StoredAccount } from '../accounts/account-store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { Intervention } from './intervention.ts';

export interface InterventionsDependencies {
  readonly stored: Pick<AccountStore, 'find'>;
  readonly accounts: Accounts;
  readonly supervisor: Pick<AccountSupervisor, 'find'>;
  readonly journal: Journal;
  readonly log: Pick<Log, 'error'>;
}

/** What administrators asked for, as it is carried out. */
export class Interventions {
  readonly #deps: InterventionsDependencies;
  readonly #running = new Set<Promise<void>>();

  constructor(deps: InterventionsDependencies) {
    this.#deps = deps;
  }

  /** Begins what journal entries ask for. */
  follow(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const wanted = interventionOf(entry);
      if (!wanted) continue;
      const { actor: by, requestId, ipAddress, userAgent } = entry;
      const acting = { by, requestId, ipAddress, userAgent };
      const work = actAs(acting, () => this.#carryOut(wanted)).catch((error: unknown) => {
        const { accountId, action } = wanted;
        this.#deps.log.error({ accountId, action, err: error }, 'what an administrator asked for failed');
      });
      this.#running.add(work);
      void work.finally(() => this.#running.delete(work));
    }
  }

  /** Resolves when what has begun has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #carryOut(wanted: Intervention): Promise<void> {
    const account = await this.#deps.stored.find(wanted.accountId);
    if (!account) return;
    try {
      await this.#act(wanted, account);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Another copy runs the account, or none does for now. One that cannot be run has a code that says why.
      if (error.type === 'account-not-trading' && error.facts['code'] === undefined) return;
      // The supervisor, which looks after what is due too, or the owner stops it at this moment. If not, the supervisor looks again.
      if (wanted.action === 'stop' && error.type === 'invalid-transition') return;
      await this.#deps.journal.record({
        category: 'admin',
        type: 'intervention-refused',
        severity: 'warning',
        description: `What an administrator asked for was not possible: ${error.message}${remedyFor(wanted, account)}`,
        userId: account.userId,
        accountId: account.id,
        details: { action: wanted.action, code: error.type },
      });
    }
  }

  async #act(wanted: Intervention, { userId, hold }: StoredAccount): Promise<void> {
    const { accounts, supervisor } = this.#deps;
    switch (wanted.action) {
      case 'halt':
        await accounts.halt(userId, wanted.accountId, heldText(hold?.reason));
        return;
      case 'kill':
        await accounts.kill(userId, wanted.accountId, heldText(hold?.reason));
        return;
      case 'close':
        await accounts.close(userId, wanted.accountId);
        return;
      case 'stop':
        await supervisor.find(wanted.accountId)?.strategies.stopWhatIsDue();
        return;
      default:
        unreachable(wanted);
    }
  }
}

function remedyFor({ action }: Intervention, { hold }: StoredAccount): string {
  return action === 'kill' && hold?.isKillDue === true
    ? ' The server ends them as soon as it can run the account.'
    : '';
}

/** Whether an account trades or is halted, as its row and the journal say. */

import { statusEntry } from './trading-entries.ts';
import type { AccountStatus } from '../core/domain/account.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { EntrySubject } from './trading-entries.ts';

/** Where the status is recorded. */
export interface StatusRecordDependencies {
  readonly subject: EntrySubject;
  readonly accounts: AccountStore;
  readonly journal: JournalStore;
  readonly committed: () => void;
}

/** The recorded status of one account. */
export class AccountStatusRecord {
  readonly #dependencies: StatusRecordDependencies;
  #isHalted: boolean;

  constructor(dependencies: StatusRecordDependencies, status: AccountStatus) {
    this.#dependencies = dependencies;
    this.#isHalted = status === 'halted';
  }

  /** Whether the account is recorded as halted. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Records a status, and why. */
  async record(status: 'trading' | 'halted', description: string): Promise<void> {
    const { subject, accounts, journal, committed } = this.#dependencies;
    this.#isHalted = status === 'halted';
    await accounts.setStatus(subject.accountId, status);
    await journal.append(
      statusEntry(subject, {
        type: `account-${status}`,
        severity: status === 'halted' ? 'warning' : 'info',
        description,
        details: { status },
      }),
    );
    committed();
  }
}

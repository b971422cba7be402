/** Whether an account trades or is halted, as its row and the journal say. */

import { statusEntry } from './trading-entries.ts';
import type { AccountStatus } from '../core/domain/account.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { EntrySubject, TradingEntry } from './trading-entry.ts';

/** Where the status is recorded. */
export interface StatusRecordDependencies {
  readonly subject: EntrySubject;
  readonly accounts: AccountStore;
  readonly journal: JournalStore;
  readonly committed: () => void;
}

/** What the entry about a status says besides. */
export type StatusFacts = Partial<Pick<TradingEntry, 'severity' | 'details'>>;

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
  async record(
    status: 'trading' | 'halted',
    description: string,
    { severity = status === 'halted' ? 'warning' : 'info', details = {} }: StatusFacts = {},
  ): Promise<void> {
    const { subject, accounts } = this.#dependencies;
    this.#isHalted = status === 'halted';
    await accounts.setStatus(subject.accountId, status, this.#isHalted ? description : undefined);
    await this.#note({ type: `account-${status}`, severity, description, details: { status, ...details } });
  }

  /** Records that the account agrees with its broker again. It stays halted until a person resumes it. */
  noteAgreement(): Promise<void> {
    const description = 'The account agrees with the broker again. It stays halted until it is resumed.';
    return this.#note({ type: 'account-agrees', description, details: {} });
  }

  async #note(entry: TradingEntry): Promise<void> {
    const { subject, journal, committed } = this.#dependencies;
    await journal.append(statusEntry(subject, entry));
    committed();
  }
}

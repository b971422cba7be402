/** Whether an account trades or is halted, as its row and the journal say. */

import { DENIALS } from '../core/domain/denial-catalogue.ts';
import { formatMoney } from '../core/domain/money.ts';
import { unreachable } from '../core/shared/assert.ts';
import { statusEntry } from './trading-entries.ts';
import type { LimitNearEffect, RuleEffect } from '../core/engine/effect.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { AccountStore, StoredAccount } from './accounts/account-store.ts';
import type { EntrySubject, TradingEntry } from './trading-entry.ts';

/** Why an account is halted that was killed, while it holds something, and once it and its broker hold nothing. */
export const KILL_UNDER_WAY = 'Account killed: orders are being cancelled and positions closed';
export const KILL_ENDED = 'Account killed: it is flat, and the broker says the same';

/** How the reason of a halt by a rule begins: the rule may end it. Any other halt is ended by a person. */
const HALTED_BY_RULE = 'Account halted by a rule';

/** Whether a recorded reason says that the account was killed and still holds something. */
export function isKillUnderWay(statusReason: string | undefined): boolean {
  return statusReason?.startsWith(KILL_UNDER_WAY) ?? false;
}

/** Returns the reason to record for a halt. A kill stays in it until it is over, so that the next start knows of it. */
export function reasonToRecord(recorded: string | undefined, reason: string): string {
  const isKept = isKillUnderWay(recorded) && reason !== KILL_ENDED;
  return isKept ? `${KILL_UNDER_WAY}. ${reason}` : reason;
}

/** Where the status is recorded. */
export interface StatusRecordDependencies {
  readonly subject: EntrySubject;
  readonly accounts: AccountStore;
  readonly journal: JournalStore;
  readonly committed: () => void;
}

/** What is stored of a status. */
export type RecordedStatus = Pick<StoredAccount, 'status' | 'statusReason'>;

/** What the entry about a status says besides. */
export type StatusFacts = Partial<Pick<TradingEntry, 'severity' | 'details'>>;

/** The recorded status of one account. */
export class AccountStatusRecord {
  readonly #dependencies: StatusRecordDependencies;
  #isHalted: boolean;
  #reason: string | undefined;
  #stored: Promise<void> = Promise.resolve();

  /** `recorded` is what is stored so far. */
  constructor(dependencies: StatusRecordDependencies, recorded: RecordedStatus) {
    this.#dependencies = dependencies;
    this.#isHalted = recorded.status === 'halted';
    this.#reason = recorded.statusReason;
  }

  /** Whether the account is recorded as halted. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Whether a rule halted the account, and no one else since. */
  get isHaltedByRule(): boolean {
    return this.#isHalted && (this.#reason?.startsWith(HALTED_BY_RULE) ?? false);
  }

  /** Records a status, and why, together with the entry that says so. The last one that is asked for is stored last. */
  async record(
    status: 'trading' | 'halted',
    description: string,
    { severity = status === 'halted' ? 'warning' : 'info', details = {} }: StatusFacts = {},
  ): Promise<void> {
    const { subject, accounts, committed } = this.#dependencies;
    this.#isHalted = status === 'halted';
    this.#reason = this.#isHalted ? reasonToRecord(this.#reason, description) : undefined;
    const type = `account-${status}`;
    const entry = statusEntry(subject, { type, severity, description, details: { status, ...details } });
    const reason = this.#reason;
    const store = () => accounts.setStatus(subject.accountId, status, { reason, entry });
    this.#stored = this.#stored.then(store, store);
    await this.#stored;
    committed();
  }

  /** Records what a rule about the account came to. */
  async recordRule(effect: RuleEffect): Promise<void> {
    switch (effect.type) {
      case 'halt': {
        const { code } = effect;
        const { reason, remedy } = DENIALS[code];
        const description = `${HALTED_BY_RULE} (${code}): ${reason} ${remedy}`;
        return this.record('halted', description, { details: { code } });
      }
      case 'halt-ended':
        // A restored engine may not know yet that a person, or a fault, halted the account as well.
        if (!this.isHaltedByRule) return;
        return this.record('trading', 'A new trading day or week began: the halt by a rule has ended.');
      case 'limit-near':
        return this.#noteNear(effect);
      case 'stop-missing': {
        const { brokerPositionId, instrument, isGiven } = effect;
        const remedy = isGiven ? 'It is given one.' : 'Protect it or close it.';
        const description = `The position ${brokerPositionId} in ${instrument} has no stop loss, and the account requires one. ${remedy}`;
        const details = { brokerPositionId, instrument, isGiven };
        return this.#note({ type: 'stop-loss-missing', severity: 'warning', description, details });
      }
      case 'weekend-missed': {
        const { positions } = effect;
        const description =
          'The market closed while nothing was seen of it, so what was to be closed before the weekend is kept. Close it, or leave it protected.';
        return this.#note({
          type: 'weekend-missed',
          severity: 'warning',
          description,
          details: { positions },
        });
      }
      default:
        return unreachable(effect);
    }
  }

  /** Records that the account agrees with its broker again. It stays halted until a person resumes it. */
  noteAgreement(): Promise<void> {
    const description = 'The account agrees with the broker again. It stays halted until it is resumed.';
    return this.#note({ type: 'account-agrees', description, details: {} });
  }

  #noteNear({ name, limit, loss }: LimitNearEffect): Promise<void> {
    const { currency } = this.#dependencies.subject;
    const lost = loss === undefined ? {} : { loss: formatMoney(loss) };
    const share = loss === undefined ? 'Most' : `${formatMoney(loss)} ${currency}`;
    return this.#note({
      type: 'limit-near',
      severity: 'warning',
      description: `${share} of the ${name} of ${formatMoney(limit)} ${currency} is lost: at all of it the account halts.`,
      details: { name, limit: formatMoney(limit), ...lost },
    });
  }

  async #note(entry: TradingEntry): Promise<void> {
    const { subject, journal, committed } = this.#dependencies;
    await journal.append(statusEntry(subject, entry));
    committed();
  }
}

/** What follows from comparing an account with its broker: at its start, after every gap, and every minute while it runs. */

import { Problem } from '../core/shared/problem.ts';
import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import { isBrokerRefusal } from './broker-refusal.ts';
import type { Log } from '../process/log.ts';
import type { AccountLoop } from './account-loop.ts';
import type { AccountStatusRecord } from './account-status-record.ts';
import type { BrokerCheck, CheckPace } from './broker-check.ts';

export interface ReconciliationParts {
  readonly accountId: string;
  readonly check: BrokerCheck;
  readonly loop: Pick<AccountLoop, 'inOneTurn' | 'fail'>;
  readonly status: AccountStatusRecord;
  /** Account and broker agree. */
  readonly onAgrees: () => Promise<void>;
  readonly pace: CheckPace;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Keeps one account from taking new exposure while it differs from its broker. */
export class AccountReconciliation {
  readonly #parts: ReconciliationParts;
  readonly #checking: Periodic;
  /** What the last comparison found. */
  #differences: readonly string[] = [];
  readonly #outage = new Outage();
  /** When they were compared last (ms of the process's clock). */
  #comparedAtMs = performance.now();

  constructor(parts: ReconciliationParts) {
    this.#parts = parts;
    this.#checking = new Periodic({
      everyMs: parts.pace.everyMs,
      work: () => this.reconcile(),
      onFailure: (error) => this.#notCompared(error),
    });
  }

  /** Compares now, and halts the account when it differs. Rejects when the broker cannot be asked. */
  async reconcile(): Promise<void> {
    const differences = await this.#parts.check.compare();
    this.#comparedAtMs = performance.now();
    const { accountId, log } = this.#parts;
    this.#outage.end(log, 'the account can be compared with its broker again', { accountId });
    const isNew = differences.join() !== this.#differences.join();
    this.#differences = differences;
    if (differences.length > 0) {
      if (isNew) await this.#halt(differences);
      return;
    }
    if (isNew) await this.#parts.status.noteAgreement();
    await this.#parts.onAgrees();
  }

  /** Whether the newest comparison found a difference, and how long ago that was (ms). */
  get newest(): { readonly isDiffering: boolean; readonly comparisonAgeMs: number } {
    return {
      isDiffering: this.#differences.length > 0,
      comparisonAgeMs: performance.now() - this.#comparedAtMs,
    };
  }

  /** Throws the problem `account-differs` while the account differs from its broker. */
  async assertAgrees(): Promise<void> {
    await this.reconcile();
    if (this.#differences.length === 0) return;
    throw new Problem(
      'account-differs',
      `The account differs from the broker: ${listed(this.#differences)}.`,
      {
        differences: this.#differences,
      },
    );
  }

  /** Compares every minute from now on. */
  start(): void {
    this.#checking.start();
  }

  /** Compares soon: there was a gap. */
  wake(): void {
    this.#checking.wake();
  }

  async stop(): Promise<void> {
    this.#parts.check.end();
    await this.#checking.stop();
  }

  async #halt(differences: readonly string[]): Promise<void> {
    const { loop, status } = this.#parts;
    await loop.inOneTurn(async (step) => {
      const description = `Account halted: it differs from the broker: ${listed(differences)}`;
      await status.record('halted', description, { severity: 'critical', details: { differences } });
      await step({ type: 'halt' });
    });
  }

  /** The next turn tries again. A broker that does not let us in any more ends the account. */
  #notCompared(error: unknown): void {
    if (this.#checking.isStopped) return;
    if (isBrokerRefusal(error)) this.#parts.loop.fail(error);
    else if (this.#outage.begin())
      this.#parts.log.warn(
        { accountId: this.#parts.accountId, err: error },
        'the account could not be compared with its broker',
      );
  }
}

/** More would not help. */
const MOST_LISTED = 5;

function listed(differences: readonly string[]): string {
  const more = differences.length - MOST_LISTED;
  const shown = differences.slice(0, MOST_LISTED).join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

/** The kill of an account: it is over when account and broker hold nothing any more, and not before it is reported so. */

import { isKillUnderWay, KILL_ENDED, KILL_UNDER_WAY } from './account-status-record.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { AccountLoop } from './account-loop.ts';
import type { AccountMemory } from './account-memory.ts';
import type { AccountStatusRecord } from './account-status-record.ts';

export interface AccountKillParts {
  readonly accountId: string;
  readonly accounts: Pick<AccountStore, 'killBegun'>;
  readonly engine: Engine;
  readonly loop: AccountLoop;
  readonly status: AccountStatusRecord;
  readonly memory: AccountMemory;
  /** What is recorded as the reason for the account's status at its start. */
  readonly statusReason: string | undefined;
}

/** Follows a kill until account and broker hold nothing, over a restart too. */
export class AccountKill {
  readonly #parts: AccountKillParts;
  #isUnderWay: boolean;
  #isOver: boolean;
  #isNoticed = false;
  /** That the kill is over is being recorded, or was. */
  #ending: Promise<void> | undefined;

  constructor(parts: AccountKillParts) {
    this.#parts = parts;
    this.#isUnderWay = isKillUnderWay(parts.statusReason);
    this.#isOver = parts.statusReason === KILL_ENDED;
  }

  /** Whether the account was killed, and was not seen to hold nothing since. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Whether an account that was killed holds nothing any more, and the broker was not asked yet whether it says the same. */
  get isUnconfirmed(): boolean {
    return this.#isUnderWay && this.#isFlat;
  }

  /** Whether the account was killed, holds nothing, and the broker has said the same. */
  get isOver(): boolean {
    return this.#isOver && this.#isFlat;
  }

  /** Returns whether the account has just become flat, so that the broker is to be asked; once. */
  noticeFlat(): boolean {
    if (!this.isUnconfirmed || this.#isNoticed) return false;
    this.#isNoticed = true;
    return true;
  }

  /**
   * Halts, cancels every resting entry and closes every position. The kill is recorded before anything is sent, so that a start finishes it
   * after a crash. All of it has been sent on return. A repetition asks for what is left.
   */
  async begin(): Promise<void> {
    const { accountId, accounts, loop, memory } = this.#parts;
    await loop.askInOneTurn(async (step) => {
      if (!this.isOver) await this.#recordBegun();
      await accounts.killBegun(accountId);
      await step({ type: 'kill' });
    });
    // What could not be ended at once must outlive a crash.
    if (!this.isOver) await loop.whenStill(() => memory.save());
  }

  async #recordBegun(): Promise<void> {
    const isNew = !this.#isUnderWay;
    this.#isOver = false;
    this.#ending = undefined;
    this.#isUnderWay = true;
    this.#isNoticed = false;
    if (isNew) await this.#parts.status.record('halted', KILL_UNDER_WAY, { details: { isKill: true } });
  }

  /** Resolves when nothing is left to wait for: the account is flat, all was answered, or the time is over. */
  async untilAnswered(limitMs: number): Promise<void> {
    const { loop } = this.#parts;
    const untilMs = performance.now() + limitMs;
    while (!this.#isFlat && !loop.isAnswered && performance.now() < untilMs) await loop.nextAnswer(untilMs);
  }

  /** The broker agrees with what the account holds: when that is nothing, the kill is over. */
  async confirm(): Promise<void> {
    if (!this.isUnconfirmed) return;
    this.#isUnderWay = false;
    this.#isOver = true;
    const facts = { severity: 'info', details: { isFlat: true } } as const;
    this.#ending = this.#parts.status.record('halted', KILL_ENDED, facts);
    await this.#ending;
  }

  /** Whether the kill is over, and recorded as that: a regular comparison may have begun to record it. */
  async hasEnded(): Promise<boolean> {
    await this.#ending;
    return this.isOver;
  }

  /** The account trades again. What the kill began to close is closed all the same. */
  forget(): void {
    this.#isUnderWay = false;
    this.#isOver = false;
  }

  get #isFlat(): boolean {
    return !isHolding(this.#parts.engine) && this.#parts.loop.isAnswered;
  }
}

/** Whether anything is open, rests or is in flight. */
function isHolding({ ledger, hasInFlight }: Engine): boolean {
  return hasInFlight || ledger.openPositions.size > 0 || ledger.openOrders.size > 0;
}

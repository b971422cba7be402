/** Compares a running account with what its broker says of it. An account that differs without an explanation takes no new exposure. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../core/shared/problem.ts';
import { stoppedTrading } from './mailbox-item.ts';
import { accountDifferences } from '../core/domain/account-differences.ts';
import type { Broker, BrokerSnapshot } from '../brokers/broker.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { AccountLoop } from './account-loop.ts';

/** How often an account is compared, and how long after a look that does not settle it there is another one. */
export interface CheckPace {
  readonly everyMs: number;
  readonly againMs: number;
}

/** OANDA's account lags its log by up to half a second: after two seconds a difference is none of that. */
export const CHECK_PACE: CheckPace = { everyMs: 60_000, againMs: 2_000 };

/** On an account that trades all the time, log and snapshot may miss each other a few times. */
const LOOKS = 6;

export interface BrokerCheckParts {
  readonly broker: Pick<Broker, 'snapshot' | 'lateArrivalMs'>;
  readonly engine: Engine;
  readonly loop: Pick<AccountLoop, 'whenStill' | 'catchUp'>;
  readonly hedging: boolean;
  readonly pace: CheckPace;
}

/** The check of one account. */
export class BrokerCheck {
  readonly #parts: BrokerCheckParts;
  readonly #ending = new AbortController();

  constructor(parts: BrokerCheckParts) {
    this.#parts = parts;
  }

  /**
   * Returns how account and broker differ, as sentences; none when they agree. Both are looked at as of the same transaction, and a
   * difference counts when two looks in a row show it. The problem `broker-unreachable` when that cannot be found out.
   */
  async compare(): Promise<readonly string[]> {
    let before: string | undefined;
    for (let look = 0; look < LOOKS; look += 1) {
      if (look > 0) await this.#pause();
      const differences = await this.#look();
      if (differences?.length === 0) return differences;
      const found = differences?.join('\n');
      if (differences && found === before) return differences;
      before = found;
    }
    throw new Problem(
      'broker-unreachable',
      'The account could not be compared with the broker: its account and its log did not come to the same transaction.',
    );
  }

  /** Begins no more looks; one that waits for the next ends at once, with the problem `account-not-trading`. */
  end(): void {
    this.#ending.abort();
  }

  async #pause(): Promise<void> {
    const waiting = { signal: this.#ending.signal, ref: false };
    await sleep(this.#parts.pace.againMs, undefined, waiting).catch(() => {
      throw stoppedTrading();
    });
  }

  /** One look: undefined when the two do not stand at the same transaction. */
  #look(): Promise<readonly string[] | undefined> {
    const { broker } = this.#parts;
    return broker.lateArrivalMs === 0 ? this.#lookInOneTurn() : this.#lookBeside();
  }

  /** A broker that answers at once is asked while the account holds still: one that trades all the time would be elsewhere a moment later. */
  #lookInOneTurn(): Promise<readonly string[] | undefined> {
    const { broker, loop } = this.#parts;
    return loop.whenStill(async (readLog) => {
      const differences = this.#differencesAt(await broker.snapshot());
      if (differences) return differences;
      await readLog();
      return this.#differencesAt(await broker.snapshot());
    });
  }

  /** The mailbox does not wait for a broker that takes its time. */
  async #lookBeside(): Promise<readonly string[] | undefined> {
    const { broker, engine, loop } = this.#parts;
    const stated = await broker.snapshot();
    return loop.whenStill(async () => {
      if (stated.account.id > engine.ledger.lastTransactionId) loop.catchUp();
      return this.#differencesAt(stated);
    });
  }

  #differencesAt(stated: BrokerSnapshot): readonly string[] | undefined {
    const known = this.#parts.engine.ledger.lastTransactionId;
    return stated.account.id === known ? this.#differences(stated) : undefined;
  }

  #differences({ account, hedging }: BrokerSnapshot): readonly string[] {
    const differences = accountDifferences(this.#parts.engine.ledger, account);
    if (hedging === this.#parts.hedging) return differences;
    return [...differences, `hedging is ${hedging ? 'on' : 'off'} at the broker, not here`];
  }
}

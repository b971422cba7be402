/** What a running account does every second: saves what no log holds, and records what came about while prices moved. */

import { Periodic } from '../process/periodic.ts';
import type { LiveAccountParts } from './live-account-parts.ts';

/** How often the state is saved while prices move. A crash loses at most this much of what no log holds. */
const SAVE_EVERY_MS = 1_000;

/** Saves one account from its start to its stop. */
export class AccountSaving {
  readonly #parts: LiveAccountParts;
  readonly #saving: Periodic;

  constructor(parts: LiveAccountParts) {
    this.#parts = parts;
    this.#saving = new Periodic({
      everyMs: SAVE_EVERY_MS,
      work: () => this.#save(),
      onFailure: (error) => this.#notSaved(error),
    });
  }

  start(): void {
    this.#saving.start();
  }

  /** Begins no other turn, and resolves when the last one has ended. */
  stop(): Promise<void> {
    return this.#saving.stop();
  }

  async #save(): Promise<void> {
    const { engine, loop, strategies, status, kill, memory, reconciliation, clock } = this.#parts;
    const save = async (): Promise<void> => {
      // A halt by the daily loss ends with the trading day, by itself.
      if (!engine.isHalted && status.isHalted)
        await status.record('trading', 'A new trading day began: the account trades again');
      if (kill.noticeFlat()) reconciliation.wake();
      await memory.saveIfChanged();
    };
    await Promise.all([
      loop.whenStill(save),
      strategies.finishStopping(),
      strategies.noteWarm(),
      clock.look(),
    ]);
  }

  /** The next turn tries again; trading itself continues and fails on its own if the database stays away. */
  #notSaved(error: unknown): void {
    if (this.#saving.isStopped) return;
    const { account, dependencies } = this.#parts;
    dependencies.log.error({ accountId: account.id, err: error }, "the account's memory was not saved");
  }
}

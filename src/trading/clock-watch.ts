/** Reports when the clock of this machine differs from the broker's: once when it begins, and when it ends. */

import { statusEntry } from './trading-entries.ts';
import type { Broker } from '../brokers/broker.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { EntryOwner, TradingEntry } from './trading-entry.ts';

/** More than a clock that is set by the network ever differs. */
const REPORTED_MS = 5_000;
/** Less than that, so that a difference at the limit is not reported again and again. */
const OVER_MS = 2_000;

export interface ClockWatchParts {
  readonly subject: EntryOwner;
  readonly broker: Pick<Broker, 'clockAheadMs'>;
  readonly journal: JournalStore;
  readonly committed: () => void;
}

/** The watch over one account. */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  #isReported = false;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
  }

  /** How far the clock of this machine is ahead of the broker's (ms); undefined when that is not known, or there is one clock only. */
  get aheadMs(): number | undefined {
    return this.#parts.broker.clockAheadMs;
  }

  /** Looks once, and records what is new. */
  async look(): Promise<void> {
    const { aheadMs } = this;
    if (aheadMs === undefined) return;
    const differs = Math.abs(aheadMs) >= (this.#isReported ? OVER_MS : REPORTED_MS);
    if (differs === this.#isReported) return;
    const { subject, journal, committed } = this.#parts;
    await journal.append(statusEntry(subject, differs ? differsEntry(aheadMs) : AGREES));
    this.#isReported = differs;
    committed();
  }
}

function differsEntry(aheadMs: number): TradingEntry {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return {
    type: 'clock-differs',
    severity: 'warning',
    description:
      `The clock of the server is ${seconds} s ${direction} the broker's. Trading follows the broker's; set the server's by the network ` +
      '(NTP), because log, sessions and `createdAt` follow it.',
    details: { clockAheadMs: aheadMs },
  };
}

const AGREES: TradingEntry = {
  type: 'clock-agrees',
  description: "The clock of the server agrees with the broker's again.",
  details: {},
};

/** Requests whose answer was lost: when the broker's log must have shown them, it is read, and what it does not show never happened. */

/** The shortest pause before a cancel that came to nothing is asked for again. */
const SHORTEST_MS = 1_000;

/** The longest: a cancel that arrives twice ends its order once, and meanwhile the order may fill. */
const LONGEST_MS = 5_000;

export interface UnknownOutcomesParts {
  /** See `Broker.lateArrivalMs`. */
  readonly lateArrivalMs: number;
  /** The time has come to find out about an order or close. */
  readonly onDue: (requestId: string) => void;
  /** The time has come to look after an order whose cancel came to nothing. */
  readonly onCancelDue: (brokerOrderId: number) => void;
}

/** The clock of one account's unknown outcomes. */
export class UnknownOutcomes {
  readonly #parts: UnknownOutcomesParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isEnded = false;

  constructor(parts: UnknownOutcomesParts) {
    this.#parts = parts;
  }

  /** The answer to a request was lost: it may still arrive. After a restart it was sent `ageMs` ago, and only the rest of the time is waited for. */
  expect(requestId: string, ageMs = 0): void {
    const { lateArrivalMs } = this.#parts;
    const leftMs = Math.min(Math.max(lateArrivalMs - ageMs, 0), lateArrivalMs);
    this.#after(leftMs, () => this.#parts.onDue(requestId));
  }

  /** A cancel came to nothing, or its answer was lost. */
  expectCancel(brokerOrderId: number): void {
    const delayMs = Math.min(Math.max(this.#parts.lateArrivalMs, SHORTEST_MS), LONGEST_MS);
    this.#after(delayMs, () => this.#parts.onCancelDue(brokerOrderId));
  }

  /** Finds nothing out any more; what is unknown stays so for the next start. */
  end(): void {
    this.#isEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #after(delayMs: number, due: () => void): void {
    if (this.#isEnded) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      due();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}

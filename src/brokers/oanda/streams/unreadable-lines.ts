/** Lines of streams that cannot be read: passed over, counted, and reported now and then. */

import { Unreadable } from '../translate/unreadable.ts';
import type { UnreadableReport } from '../../broker.ts';

/** A stream that cannot be read at all has four lines a second of each instrument: a person needs one report of it. */
const REPORT_EVERY_MS = 60_000;

/** Counts for the streams of one account. */
export class UnreadableLines {
  readonly #onUnreadable: (report: UnreadableReport) => void;
  readonly #now: () => number;
  readonly #linesByStream = new Map<string, number>();
  readonly #reportedAt = new Map<string, number>();

  /** `now` is a clock that never runs back, in ms. */
  constructor(onUnreadable: (report: UnreadableReport) => void, now: () => number = () => performance.now()) {
    this.#onUnreadable = onUnreadable;
    this.#now = now;
  }

  /** Returns what can be read of the lines of a stream. */
  take<Line>(
    stream: UnreadableReport['stream'],
    lines: readonly unknown[],
    read: (line: unknown) => Line,
  ): readonly Line[] {
    return lines.flatMap((line) => {
      try {
        return [read(line)];
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.#note(stream, error.message);
        return [];
      }
    });
  }

  /** The first is reported at once, those of the next minute together with the first after it. */
  #note(stream: UnreadableReport['stream'], why: string): void {
    const lines = (this.#linesByStream.get(stream) ?? 0) + 1;
    this.#linesByStream.set(stream, lines);
    const now = this.#now();
    if (now - (this.#reportedAt.get(stream) ?? -Infinity) < REPORT_EVERY_MS) return;
    this.#reportedAt.set(stream, now);
    this.#linesByStream.set(stream, 0);
    this.#onUnreadable({ stream, lines, why });
  }
}

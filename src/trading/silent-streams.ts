/** Records in the journal of each account when streams of its broker fall silent, and when all are heard again: owners are notified of that. */

import { statusEntry } from './trading-entries.ts';
import type { StreamState } from '../brokers/broker.ts';
import type { SilentStreamStore } from './silent-stream-store.ts';
import type { EntryOwner } from './trading-entry.ts';

/** After which time without a line a stream is silent, and for how long all must be heard until that is over. */
export interface SilencePace {
  readonly silentAfterMs: number;
  readonly heardForMs: number;
}

/**
 * A heartbeat comes every 5 seconds; a stream that breaks and is opened again at once is no outage, and one that comes and goes is one
 * outage.
 */
export const SILENCE_PACE: SilencePace = { silentAfterMs: 30_000, heardForMs: 30_000 };

/** An account that runs here, with its streams. */
export interface StreamedAccount extends EntryOwner {
  readonly streams: readonly StreamState[];
}

export interface SilentStreamsParts {
  readonly store: Pick<SilentStreamStore, 'begin' | 'end'>;
  readonly committed: () => void;
  /** UTC ms. */
  readonly clock: () => number;
  /** Another pace than the usual one. */
  readonly pace?: SilencePace | undefined;
}

interface Seen {
  /** What the database says of it; not known of one that was silent, perhaps, when it ran last. */
  readonly recorded: 'silent' | 'heard' | 'unknown';
  /** Since when (UTC ms) all are heard; undefined while one is silent. */
  readonly heardSince: number | undefined;
}

/** The names of the streams that are silent, in order. */
export function silentStreams(
  { streams }: Pick<StreamedAccount, 'streams'>,
  { silentAfterMs }: SilencePace,
): readonly string[] {
  return streams
    .filter(({ silentMs }) => silentMs > silentAfterMs)
    .map(({ stream }) => stream)
    .toSorted();
}

export class SilentStreams {
  readonly #parts: SilentStreamsParts;
  #seenByAccount: ReadonlyMap<string, Seen> = new Map();

  constructor(parts: SilentStreamsParts) {
    this.#parts = parts;
  }

  /**
   * Looks once at all accounts that run here. One that stops running, or was silent when the server ended, is over only when its streams
   * are heard again, wherever it runs then.
   */
  async look(accounts: readonly StreamedAccount[]): Promise<void> {
    const streamed = accounts.filter(({ streams }) => streams.length > 0);
    const seen = new Map<string, Seen>();
    // What could not be recorded is not seen, and so looked at like new the next time.
    try {
      for (const account of streamed) seen.set(account.accountId, await this.#lookAt(account));
    } finally {
      this.#seenByAccount = seen;
    }
  }

  async #lookAt(account: StreamedAccount): Promise<Seen> {
    const { store, committed, clock, pace = SILENCE_PACE } = this.#parts;
    const { accountId } = account;
    const known = this.#seenByAccount.get(accountId);
    const silent = silentStreams(account, pace);
    if (silent.length > 0) {
      const longestMs = Math.max(...account.streams.map(({ silentMs }) => silentMs));
      const isNew =
        known?.recorded !== 'silent' &&
        (await store.begin(accountId, clock() - longestMs, silentEntry(account, silent)));
      if (isNew) committed();
      return { recorded: 'silent', heardSince: undefined };
    }
    const heardSince = known?.heardSince ?? clock();
    const recorded = known?.recorded ?? 'unknown';
    if (recorded === 'heard' || clock() - heardSince < pace.heardForMs) return { recorded, heardSince };
    if (await store.end(accountId, (since) => heardEntry(account, heardSince - since))) committed();
    return { recorded: 'heard', heardSince };
  }
}

function silentEntry(owner: EntryOwner, streams: readonly string[]) {
  return statusEntry(owner, {
    type: 'streams-silent',
    severity: 'error',
    description: `Nothing comes from the broker over the ${streams.length > 1 ? 'streams' : 'stream'} of ${streams.join(' and ')}. Strategies see no new prices or fills until it does; orders and stop losses at the broker stay in force.`,
    details: { streams },
  });
}

function heardEntry(owner: EntryOwner, silentMs: number) {
  const seconds = Math.max(0, Math.round(silentMs / 1_000));
  return statusEntry(owner, {
    type: 'streams-heard',
    description: `The broker's streams are heard again, after ${seconds} seconds.`,
    details: { seconds },
  });
}

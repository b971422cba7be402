/** Records the quotes of what accounts trade: gathered as they come, and stored in batches beside the trading. */

import { Periodic } from '../../process/periodic.ts';
import { OpenRecording } from './open-recording.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { Log } from '../../process/log.ts';
import type { RecordedAccount, RecordingStore } from './recording-store.ts';

/** An account whose quotes are recorded, and of which instruments. */
export interface RecordedInstruments extends RecordedAccount {
  readonly instruments: ReadonlySet<string>;
}

export interface QuoteRecorderDependencies {
  readonly store: RecordingStore;
  /** What is to be recorded now. */
  readonly wanted: () => Promise<readonly RecordedInstruments[]>;
  readonly log: Pick<Log, 'warn'>;
}

/** Takes the quotes of one account. Nothing of it waits. */
export interface QuoteTap {
  readonly onQuote: (quote: Quote) => void;
  /** The stream of prices broke or came back: quotes were missed. */
  readonly onInterruption: () => void;
}

/** Takes nothing. */
export const NO_TAP: QuoteTap = { onQuote: () => undefined, onInterruption: () => undefined };

/** A crash loses the quotes of this time at most. */
const STORE_EVERY_MS = 5_000;

interface Recording extends RecordedInstruments {
  readonly openByInstrument: Map<string, OpenRecording>;
}

export class QuoteRecorder {
  readonly #dependencies: QuoteRecorderDependencies;
  readonly #storing: Periodic;
  #recordingByAccount: ReadonlyMap<string, Recording> = new Map();

  constructor(dependencies: QuoteRecorderDependencies) {
    this.#dependencies = dependencies;
    this.#storing = new Periodic({
      everyMs: STORE_EVERY_MS,
      work: () => this.record(),
      onFailure: (error) =>
        dependencies.log.warn({ err: error }, 'recorded quotes were not stored; trying again'),
    });
  }

  /** Starts to record what is traded, from the first turn on. */
  start(): void {
    this.#storing.start();
    this.#storing.wake();
  }

  /** Stores what came last, and ends. Called when no account receives prices any more. */
  async stop(): Promise<void> {
    await this.#storing.stop();
    await this.record().catch((error: unknown) =>
      this.#dependencies.log.warn({ err: error }, 'the last recorded quotes were not stored'),
    );
  }

  /** Returns what takes the quotes of an account. */
  tapOf(accountId: string): QuoteTap {
    return {
      onQuote: (quote) => {
        const recording = this.#recordingByAccount.get(accountId);
        if (recording?.instruments.has(quote.instrument) === true)
          openOf(recording, quote.instrument).add(quote);
      },
      onInterruption: () => {
        const recording = this.#recordingByAccount.get(accountId);
        for (const open of recording?.openByInstrument.values() ?? []) open.interrupt('connection-lost');
      },
    };
  }

  /** Stores what came since the last time, and learns what is to be recorded from now on. */
  async record(): Promise<void> {
    for (const recording of this.#recordingByAccount.values()) await this.#store(recording);
    const wanted = await this.#dependencies.wanted();
    this.#recordingByAccount = new Map(
      wanted.map((account) => [account.accountId, { ...account, openByInstrument: this.#keptOf(account) }]),
    );
  }

  async #store({ accountId, userId, openByInstrument }: Recording): Promise<void> {
    for (const [instrument, open] of openByInstrument) {
      if (!open.isChanged) continue;
      const batch = open.take();
      const ordinal = await this.#dependencies.store.store({
        accountId,
        userId,
        instrument,
        ordinal: open.ordinal,
        ...batch,
      });
      if (ordinal === undefined) open.drop();
      else open.stored(batch, ordinal);
    }
  }

  /** What is open of instruments that are still wanted. What is no longer wanted was just stored. */
  #keptOf({ accountId, instruments }: RecordedInstruments): Map<string, OpenRecording> {
    const before =
      this.#recordingByAccount.get(accountId)?.openByInstrument ?? new Map<string, OpenRecording>();
    return new Map([...before].filter(([instrument]) => instruments.has(instrument)));
  }
}

function openOf({ openByInstrument }: Recording, instrument: string): OpenRecording {
  let open = openByInstrument.get(instrument);
  if (!open) openByInstrument.set(instrument, (open = new OpenRecording()));
  return open;
}

/** Sockets that want the quotes of the same instruments of one account: one listener, and one frame at a time for all of them. */

import { textFrame } from '../stream/text-frame.ts';
import type { Outbox } from '../stream/outbox.ts';
import type { AccountPrices } from './newest-quotes.ts';

/** One socket. */
export interface QuoteReader {
  readonly outbox: Outbox;
  /** The account gives no more quotes. Nothing is sent after this. */
  readonly onEnd: () => void;
}

/** What a topic is about. */
export interface TopicParts {
  readonly accountId: string;
  readonly prices: AccountPrices;
  readonly instruments: ReadonlySet<string>;
  /** Returns the newest quote of an instrument as text, if there is one. */
  readonly textOf: (instrument: string) => string | undefined;
  /** There is something to flush. */
  readonly onChange: () => void;
  /** It has no readers any more. */
  readonly onEmpty: () => void;
}

/** Collects what changed, and sends the newest of it when it is flushed. */
export class QuoteTopic {
  readonly #parts: TopicParts;
  /** With what each has not been sent: of a socket that is behind, the newest quotes are sent when it has caught up. */
  readonly #missedByReader = new Map<QuoteReader, Set<string>>();
  readonly #leave: () => void;
  #changed = new Set<string>();
  #conflated = 0;

  constructor(parts: TopicParts) {
    this.#parts = parts;
    this.#leave = parts.prices.quotes.subscribe({
      onQuote: ({ instrument }) => {
        if (parts.instruments.has(instrument)) this.#note(instrument);
      },
      onEnd: () => this.#end(),
    });
  }

  /** Adds a reader, whose first frame has all instruments. The function that is returned removes it. */
  add(reader: QuoteReader): () => void {
    this.#missedByReader.set(reader, new Set(this.#parts.instruments));
    return () => this.#remove(reader);
  }

  /** How many quotes a newer one has replaced, since it was last asked, before a socket got them. */
  takeConflated(): number {
    const conflated = this.#conflated;
    this.#conflated = 0;
    return conflated;
  }

  /** Sends what is new, and returns whether a socket is behind. */
  flush(): boolean {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    let isAnyBehind = false;
    let frame: Buffer | undefined;
    for (const [reader, missed] of this.#missedByReader) {
      if (changed.size === 0 && missed.size === 0) continue;
      const isBehind = !reader.outbox.isClear;
      isAnyBehind ||= isBehind;
      if (!isBehind && missed.size === 0) send(reader, (frame ??= this.#frameOf(changed)));
      else this.#catchUp(reader, missed, changed, isBehind);
    }
    return isAnyBehind;
  }

  #catchUp(reader: QuoteReader, missed: Set<string>, changed: ReadonlySet<string>, isBehind: boolean): void {
    for (const instrument of changed) {
      if (missed.has(instrument)) this.#conflated += 1;
      else missed.add(instrument);
    }
    if (isBehind) return;
    send(reader, this.#frameOf(missed));
    missed.clear();
  }

  #note(instrument: string): void {
    if (this.#changed.has(instrument)) this.#conflated += this.#missedByReader.size;
    else {
      this.#changed.add(instrument);
      this.#parts.onChange();
    }
  }

  /** The frame of the newest quotes of instruments; empty while none has one. */
  #frameOf(instruments: ReadonlySet<string>): Buffer | undefined {
    const texts: string[] = [];
    for (const instrument of instruments) {
      const text = this.#parts.textOf(instrument);
      if (text !== undefined) texts.push(text);
    }
    if (texts.length === 0) return undefined;
    return textFrame(
      `{"type":"data","channel":"quotes","data":{"accountId":"${this.#parts.accountId}","quotes":[${texts.join(',')}]}}`,
    );
  }

  #remove(reader: QuoteReader): void {
    if (this.#missedByReader.delete(reader) && this.#missedByReader.size === 0) this.#close();
  }

  #end(): void {
    const readers = [...this.#missedByReader.keys()];
    this.#missedByReader.clear();
    this.#close();
    for (const { onEnd } of readers) onEnd();
  }

  #close(): void {
    this.#leave();
    this.#parts.onEmpty();
  }
}

function send({ outbox }: QuoteReader, frame: Buffer | undefined): void {
  if (frame) outbox.sendFrame(frame);
}

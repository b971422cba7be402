/** One socket of the soak: subscribed to all of a person's channels, it checks that entries come in order and that quotes do not go back. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What a socket is subscribed to. */
export interface Subscribed {
  readonly accountId: string;
  readonly instruments: readonly string[];
}

/** Whose socket it is; `from` is the address that the proxy says it comes from. */
interface SocketSettings {
  readonly name: string;
  readonly address: string;
  readonly from: string;
  readonly token: string;
  readonly readsQuotes: boolean;
}

interface Quote {
  readonly instrument: string;
  readonly at: string;
}

const QUOTES = '"channel":"quotes"';
/** Where the name of a channel is in a data frame. */
const HEAD_BYTES = 48;
/** An acknowledgement now and then: the server counts what is not acknowledged. */
const ACKNOWLEDGE_EVERY = 100;

export class Listener {
  /** The numbers of the entries, in the order in which they came. */
  readonly sequences: number[] = [];
  readonly faults: string[] = [];
  quoteFrames = 0;
  otherFrames = 0;
  readonly #name: string;
  readonly #socket: WebSocket;
  readonly #readsQuotes: boolean;
  readonly #newestByInstrument = new Map<string, string>();
  #isClosed = false;

  private constructor(name: string, socket: WebSocket, readsQuotes: boolean) {
    this.#name = name;
    this.#socket = socket;
    this.#readsQuotes = readsQuotes;
    socket.on('message', (data: Buffer) => this.#take(data));
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      if (!this.#isClosed) this.#fault(`was closed with ${code}: ${reason.toString()}`);
    });
  }

  /** Opens a socket that hears the whole journal of the person; one that reads quotes costs more. */
  static async open(
    { name, address, from, token, readsQuotes }: SocketSettings,
    { accountId, instruments }: Subscribed,
  ): Promise<Listener> {
    const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws`, {
      perMessageDeflate: false,
      headers: { 'x-forwarded-for': from },
    });
    const listener = new Listener(name, socket, readsQuotes);
    await once(socket, 'open');
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    send({ type: 'authenticate', token });
    send({ type: 'subscribe', channel: 'events', after: 0 });
    send({ type: 'subscribe', channel: 'account', accountId });
    send({ type: 'subscribe', channel: 'strategies' });
    send({ type: 'subscribe', channel: 'notifications' });
    send({ type: 'subscribe', channel: 'quotes', accountId, instruments });
    return listener;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.terminate();
  }

  #take(data: Buffer): void {
    if (!data.subarray(0, HEAD_BYTES).includes(QUOTES)) return this.#takeOther(JSON.parse(data.toString()));
    this.quoteFrames += 1;
    if (this.#readsQuotes) for (const quote of quotesOf(data)) this.#takeQuote(quote);
  }

  #takeQuote({ instrument, at }: Quote): void {
    if (at < (this.#newestByInstrument.get(instrument) ?? ''))
      this.#fault(`was sent an older quote of ${instrument}`);
    this.#newestByInstrument.set(instrument, at);
  }

  #takeOther(frame: {
    type: string;
    channel?: string;
    sequence?: number;
    code?: string;
    detail?: string;
  }): void {
    this.otherFrames += 1;
    if (frame.type === 'error') this.#fault(`was sent ${frame.code}: ${frame.detail}`);
    if (frame.channel !== 'events' || frame.sequence === undefined) return;
    if (frame.sequence <= (this.sequences.at(-1) ?? 0))
      this.#fault(`was sent entry ${frame.sequence} out of order`);
    this.sequences.push(frame.sequence);
    if (this.sequences.length % ACKNOWLEDGE_EVERY === 0)
      this.#socket.send(JSON.stringify({ type: 'acknowledge', sequence: frame.sequence }));
  }

  #fault(what: string): void {
    this.faults.push(`${this.#name} ${what}`);
  }
}

function quotesOf(data: Buffer): readonly Quote[] {
  const { type, data: content } = JSON.parse(data.toString()) as { type: string; data: { quotes: Quote[] } };
  return type === 'data' ? content.quotes : [];
}

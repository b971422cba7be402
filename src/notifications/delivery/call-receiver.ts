/** Calls an address that a person named: connected to exactly what was resolved and checked, without redirects, within a time. */

import { callableAddress } from './public-address.ts';
import type { IncomingMessage } from 'node:http';
import type { CallableAddress } from './public-address.ts';

/** A receiver that takes longer is tried again later. */
const PATIENCE_MS = 10_000;
/** Of what a receiver says: enough to see what it did not like. */
const MOST_ANSWER_BYTES = 2_048;

export interface ReceiverCall {
  readonly url: string;
  /** JSON, unless the headers say otherwise. */
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether addresses that are not public may be called. */
  readonly allowsPrivate: boolean;
  readonly patienceMs?: number;
  /** Cuts the call off. */
  readonly signal?: AbortSignal | undefined;
}

/** What the receiver said: its status, the beginning of its body, and how long it asks to wait. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/** Sends and returns the answer. Throws `AddressRefused`, or what kept the receiver from answering. */
export async function callReceiver({
  url,
  body,
  headers = {},
  allowsPrivate,
  patienceMs = PATIENCE_MS,
  signal: ended,
}: ReceiverCall): Promise<HttpAnswer> {
  const target = new URL(url);
  const signal = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(ended ? [ended] : [])]);
  const address = await Promise.race([callableAddress(target.hostname, allowsPrivate), aborted(signal)]);
  return send({ target, address, body, headers, signal });
}

interface Sending {
  readonly target: URL;
  readonly address: CallableAddress;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function send({ target, address, body, headers, signal }: Sending): Promise<HttpAnswer> {
  // Loaded here: importing node:http makes Node load its WebSocket client, which the server does not use.
  const { request } = target.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  // What was cut off because the time was over fails for that reason.
  const fail = (error: unknown): void => reject((signal.aborted ? signal.reason : error) as Error);
  const sent = request(
    target,
    {
      method: 'POST',
      // A connection of its own: none that was opened to another address is used again.
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'auto-forex',
        ...headers,
      },
      lookup: (_host, { all }, found) =>
        all === true ? found(null, [address]) : found(null, address.address, address.family),
    },
    (answer) => {
      readBeginning(answer).then(
        (text) =>
          resolve({
            status: answer.statusCode ?? 0,
            text,
            retryAfterMs: retryAfterMs(answer.headers['retry-after']),
          }),
        fail,
      );
    },
  );
  sent.on('error', fail);
  sent.end(body);
  return promise;
}

async function readBeginning(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= MOST_ANSWER_BYTES) break;
  }
  const text = Buffer.concat(parts).subarray(0, MOST_ANSWER_BYTES).toString('utf8');
  // The database stores text without it.
  return text.replaceAll('\0', '\uFFFD');
}

/** Only a number of seconds; a date would be read by another clock. */
function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

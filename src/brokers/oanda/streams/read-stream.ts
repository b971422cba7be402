/** One connection of a stream, from its request to its end. */

import { parseJson } from '../http/parse-json.ts';
import { JsonLines } from './json-lines.ts';
import type { Dispatcher } from 'undici';

/** How a stream ended. `refused`: it never began, because of this answer. `lost`: everything else. */
export type StreamEnd =
  | { readonly end: 'refused'; readonly status: number; readonly body: unknown }
  | { readonly end: 'lost'; readonly why: string };

export interface StreamRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Without a byte for so long the stream is dead, whatever its connection says. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** The lines of a chunk, in order. */
  readonly onLines: (lines: readonly unknown[]) => void;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** The body of an answer that is no stream is read as far as this. */
const MOST_ERROR_BYTES = 65_536;

/** Reads a stream until it ends and returns why it did. Never rejects. */
export function readStream(dispatcher: Dispatcher, request: StreamRequest): Promise<StreamEnd> {
  const { silenceMs } = request;
  return new Promise((resolve) => {
    const lines = new JsonLines();
    const refusal: Buffer[] = [];
    const answer = { status: 0, contentType: '', bytes: 0 };
    let watchdog: NodeJS.Timeout | undefined;
    let abort: ((error: Error) => void) | undefined;
    let isEnded = false;
    const finish = (end: StreamEnd): void => {
      if (isEnded) return;
      isEnded = true;
      clearTimeout(watchdog);
      request.signal.removeEventListener('abort', stop);
      resolve(end);
    };
    const giveUp = (why: string): void => {
      finish({ end: 'lost', why });
      abort?.(new Error(why));
    };
    const stop = (): void => giveUp('it is closed');
    request.signal.addEventListener('abort', stop, { once: true });
    if (request.signal.aborted) return stop();
    const takeRefusal = (chunk: Buffer): void => {
      answer.bytes += chunk.length;
      if (answer.bytes <= MOST_ERROR_BYTES) refusal.push(chunk);
      else giveUp('the refusal of the stream has no end');
    };
    const takeLines = (chunk: Buffer): void => {
      let read: readonly unknown[] = [];
      try {
        read = lines.take(chunk);
      } catch {
        return giveUp('a line cannot be read');
      }
      request.onLines(read);
    };
    dispatcher.dispatch(
      { method: 'GET', path: request.path, headers: request.headers },
      {
        onRequestStart: (controller) => {
          abort = (error) => controller.abort(error);
          if (isEnded) return controller.abort(new Error('the stream is closed'));
          // Not before: a new connection waits for its turn, which is no silence.
          watchdog = setTimeout(() => giveUp(`nothing came for ${silenceMs} ms`), silenceMs).unref();
        },
        onResponseStart: (_controller, status, headers) => {
          if (isEnded) return;
          answer.status = status;
          answer.contentType = String(headers['content-type'] ?? '');
          watchdog?.refresh();
          if (status === 200) request.onOpen();
        },
        onResponseData: (_controller, chunk) => {
          if (isEnded) return;
          watchdog?.refresh();
          if (answer.status === 200) takeLines(chunk);
          else takeRefusal(chunk);
        },
        onResponseEnd: () => {
          const { status, contentType } = answer;
          if (status === 200) return finish({ end: 'lost', why: 'OANDA ended it' });
          const body = parseJson({ contentType, body: Buffer.concat(refusal) });
          finish({ end: 'refused', status, body });
        },
        onResponseError: (_controller, error) => giveUp(error.message || error.name),
      },
    );
  });
}

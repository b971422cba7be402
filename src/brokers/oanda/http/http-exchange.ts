/** One HTTP request and what came of it, for requests that must not be repeated: whether it certainly never left is always known. */

import type { Dispatcher } from 'undici';

/**
 * How an exchange ended. `answered`: the whole answer is here. `not-sent`: not one byte of the request left. `lost`: the request left, in
 * whole or in part, and there is no whole answer.
 */
export type HttpEnd =
  | {
      readonly end: 'answered';
      readonly status: number;
      readonly contentType: string;
      /** The header `Date`: when it was answered by OANDA's clock. */
      readonly date: string | undefined;
      readonly body: Buffer;
    }
  | { readonly end: 'not-sent'; readonly why: string }
  | { readonly end: 'lost'; readonly why: string };

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Asked at the moment in which the request is written, which may be long after it was asked for. */
  readonly maySend?: (() => boolean) | undefined;
  /** The request ends at the latest after this time. */
  readonly deadlineMs: number;
  /** An answer that is larger counts as lost. */
  readonly maximumBytes: number;
}

/** Sends a request once and returns how it ended. Never rejects, follows no redirects. */
export function exchange(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpEnd> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const answer = { status: 0, contentType: '', date: undefined as string | undefined, bytes: 0 };
    let state: 'waiting' | 'sent' | 'ended' = 'waiting';
    let abort: ((error: Error) => void) | undefined;
    const finish = (end: HttpEnd): void => {
      if (state === 'ended') return;
      state = 'ended';
      clearTimeout(timer);
      resolve(end);
    };
    const giveUp = (why: string): void => {
      finish({ end: state === 'waiting' ? 'not-sent' : 'lost', why });
      abort?.(new Error(why));
    };
    const timer = setTimeout(
      () => giveUp(`there was no answer after ${request.deadlineMs} ms`),
      request.deadlineMs,
    );
    const { method, path, headers, body } = request;
    dispatcher.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart: (controller) => {
          abort = (error) => controller.abort(error);
          // The deadline passed while it waited for a connection: aborted here, it is not written.
          if (state === 'ended') controller.abort(new Error('the deadline has passed'));
          else if (request.maySend?.() === false) giveUp('the account may have another trader');
          else state = 'sent';
        },
        onResponseStart: (_controller, status, responseHeaders) => {
          answer.status = status;
          answer.contentType = String(responseHeaders['content-type'] ?? '');
          answer.date = responseHeaders['date']?.toString();
        },
        onResponseData: (_controller, chunk) => {
          answer.bytes += chunk.length;
          if (answer.bytes > request.maximumBytes)
            giveUp(`the answer has more than ${request.maximumBytes} bytes`);
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          const { status, contentType, date } = answer;
          finish({ end: 'answered', status, contentType, date, body: Buffer.concat(chunks) });
        },
        onResponseError: (_controller, error) => giveUp(describe(error)),
      },
    );
  });
}

/** The message only: an error of the network may carry sockets and options, which are not to be logged. */
function describe(error: Error): string {
  const message = error.message || error.name;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Node's own messages name the code already.
  return message.includes(code) ? message : `${message} (${code})`;
}

/** A receiver of messages on a port of its own: keeps what it is sent, and answers what the test says. */

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterAll } from 'vitest';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The same as it came. */
  readonly bytes: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** Opens a receiver for the tests of a file. With `tls` it shows that certificate. */
export async function openReceiver(tls?: { readonly key: string; readonly cert: string }) {
  const received: ReceivedRequest[] = [];
  /** How a path that begins so is answered instead of with 200. */
  const answers = new Map<string, Answer | 'never'>();
  const unanswered: ServerResponse[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      const bytes = Buffer.concat(parts);
      received.push({ path, headers: request.headers, body: bytes.toString(), bytes });
      const said = [...answers].find(([start]) => path.startsWith(start))?.[1] ?? { status: 200, text: 'ok' };
      if (said === 'never') unanswered.push(response);
      else response.writeHead(said.status, said.headers).end(said.text);
    });
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    answers,
    /** Ends the requests that are never answered. */
    release: () => {
      for (const response of unanswered.splice(0)) response.destroy();
    },
    /** What arrived at a path, oldest first. */
    at: (path: string) => received.filter((request) => request.path === path),
  };
}

/** An HTTP server that answers as a test says: OANDA with every fault, on a real socket. */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export const TOKEN = '0123456789abcdef0123456789abcdef-0123456789abcdef0123456789abcdef';

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answer = (response: ServerResponse, request: Arrived) => void;

/** Answers with JSON. */
export function json(status: number, body: unknown): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', RequestID: '42' });
    response.end(JSON.stringify(body));
  };
}

/** Answers as a gateway does. */
export function html(status: number): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end('<html><body>Bad Gateway</body></html>');
  };
}

/** Takes the request and breaks the connection. */
export const breaks: Answer = (response) => void response.socket?.destroy();

/** Takes the request and never answers. */
export const hangs: Answer = () => undefined;

/** A server whose answers are scripted by method and path. */
export class ScriptedOanda {
  readonly arrived: Arrived[] = [];
  /** How many connections were opened. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scripts = new Map<string, Answer[]>();
  readonly #always = new Map<string, Answer>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<ScriptedOanda> {
    const scripted = new ScriptedOanda();
    await new Promise<void>((resolve) => scripted.#server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests of this method and path are answered with these, in turn. */
  next(route: string, ...answers: readonly Answer[]): void {
    this.#scripts.set(route, [...(this.#scripts.get(route) ?? []), ...answers]);
  }

  /** What all others of this method and path are answered with. */
  always(route: string, answer: Answer): void {
    this.#always.set(route, answer);
  }

  /** How many requests of this method and path arrived. */
  count(route: string): number {
    return this.arrived.filter(({ method, path }) => `${method} ${path}` === route).length;
  }

  /** Breaks every connection. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.breakAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const text = Buffer.concat(chunks).toString();
    const arrived = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.arrived.push(arrived);
    const route = `${arrived.method} ${arrived.path}`;
    const answer = this.#scripts.get(route)?.shift() ?? this.#always.get(route) ?? json(404, {});
    answer(response, arrived);
  }
}

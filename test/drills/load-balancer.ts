/**
 * A small reverse proxy: it sends requests to the copies whose `/readyz` says so, in turn, and lets a copy finish what it
 * has before it is stopped. As real ones can (HAProxy: `retry-on 503`, `option redispatch`), it passes on to another copy what
 * the first refused because it does not trade the account. It repeats nothing else: a broken connection is answered 502.
 */
import { Agent, createServer, request as openRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often copies are asked whether they are ready. */
const ASK_EVERY_MS = 200;
/** How long a request may look for the copy that trades its account: one that stops lets go, another looks every 2 s. */
const PASS_ON_FOR_MS = 15_000;
const PASS_ON_PAUSE_MS = 100;
/** A request that takes longer than this has failed. */
const ANSWER_WITHIN_MS = 30_000;

/** Headers about the connection they came on, which say nothing about ours: a client that believed them would use one that we close. */
const OF_ONE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);
/** Connections of clients stay open between their requests, as those of a browser to a proxy do; none is closed in the midst of one. */
const KEEP_ALIVE_MS = 600_000;

/** A copy of the server to send requests to. */
export interface Backend {
  readonly version: string;
  readonly address: string;
}

interface Member extends Backend {
  readonly agent: Agent;
  readonly asking: NodeJS.Timeout;
  isReady: boolean;
  isDraining: boolean;
  underWay: number;
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request was and what it was answered with, as far as it matters here. */
interface Forwarded {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class LoadBalancer implements AsyncDisposable {
  readonly #members: Member[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #turn = 0;
  /** Requests that were answered by another copy than the first that was asked. */
  passedOn = 0;

  /** Opens it on a free port and returns its address. */
  async listen(): Promise<string> {
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Asks the copy from now on whether it is ready, and sends it requests while it is. */
  add(backend: Backend): void {
    const member: Member = {
      ...backend,
      agent: new Agent({ keepAlive: true }),
      asking: setInterval(() => void this.#ask(member), ASK_EVERY_MS),
      isReady: false,
      isDraining: false,
      underWay: 0,
    };
    this.#members.push(member);
    void this.#ask(member);
  }

  /** Whether the copy gets requests. */
  hasReady({ address }: Backend): boolean {
    return this.#members.some((member) => member.address === address && member.isReady);
  }

  /** Sends the copy no more requests; resolves when it has answered those it had. */
  async drain({ address }: Backend): Promise<void> {
    const member = this.#members.find((each) => each.address === address);
    if (!member) return;
    member.isDraining = true;
    clearInterval(member.asking);
    while (member.underWay > 0) await sleep(5);
    this.#members.splice(this.#members.indexOf(member), 1);
    member.agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) {
      clearInterval(member.asking);
      member.agent.destroy();
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #ask(member: Member): Promise<void> {
    const forwarded = { method: 'GET', path: '/readyz', headers: {}, body: Buffer.alloc(0) };
    const status = await send(member, forwarded).then(
      (answer) => answer.status,
      () => 0,
    );
    member.isReady = status === 200;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request;
    const forwarded = { method, path, headers, body: await readAll(request) };
    const answered = await this.#forward(forwarded);
    const passed = Object.fromEntries(
      Object.entries(answered.headers).filter(([name]) => !OF_ONE_CONNECTION.has(name)),
    );
    response.writeHead(answered.status, { ...passed, 'content-length': answered.body.length });
    response.end(answered.body);
  }

  async #forward(forwarded: Forwarded): Promise<Received> {
    const giveUpAt = performance.now() + PASS_ON_FOR_MS;
    const refusers = new Set<Member>();
    for (;;) {
      const member = this.#next(refusers);
      if (!member) return ownAnswer(503, 'no copy of the server is ready');
      const answered = await this.#sendTo(member, forwarded);
      const isRefused = tradesElsewhere(answered);
      if (!isRefused && refusers.size > 0) this.passedOn += 1;
      if (!isRefused || performance.now() > giveUpAt) return answered;
      // Each was asked: none has the account at this moment.
      if (refusers.has(member)) await sleep(PASS_ON_PAUSE_MS);
      refusers.add(member);
    }
  }

  async #sendTo(member: Member, forwarded: Forwarded): Promise<Received> {
    member.underWay += 1;
    try {
      const answered = await send(member, forwarded);
      return { ...answered, headers: { ...answered.headers, 'x-served-by': member.version } };
    } catch (error) {
      return ownAnswer(502, `${member.version} did not answer: ${String(error)}`);
    } finally {
      member.underWay -= 1;
    }
  }

  /** The next in turn, of those that have not refused the request if there are any. */
  #next(refusers: ReadonlySet<Member>): Member | undefined {
    const usable = this.#members.filter(({ isReady, isDraining }) => isReady && !isDraining);
    const fresh = usable.filter((member) => !refusers.has(member));
    const wanted = fresh.length > 0 ? fresh : usable;
    this.#turn += 1;
    return wanted[this.#turn % wanted.length];
  }
}

function send({ address, agent }: Member, { method, path, headers, body }: Forwarded): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { connection: _ofTheClient, ...rest } = headers;
    const options = { method, agent, headers: rest, timeout: ANSWER_WITHIN_MS };
    const request = openRequest(`${address}${path}`, options, (response) => {
      readAll(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        reject,
      );
    });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
    request.end(body);
  });
}

/** The copy has done nothing: it says that another one trades the account, or none for the moment. */
function tradesElsewhere({ status, body }: Received): boolean {
  return status === 503 && body.includes('/problems/account-not-trading');
}

function ownAnswer(status: number, reason: string): Received {
  const headers = { 'content-type': 'application/json', 'x-served-by': 'balancer' };
  return { status, headers, body: Buffer.from(JSON.stringify({ reason })) };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

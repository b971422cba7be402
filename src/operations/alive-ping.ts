/** Says to a watcher outside that this copy of the server works: the watcher raises the alarm when that stays away. */

import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import type { Log } from '../process/log.ts';

/** A watcher that takes longer is asked again the next time. */
const PATIENCE_MS = 10_000;

export interface AlivePingParts {
  /** What is called. The operator names it, so it may be anywhere; it may hold a secret, and no log line has it. */
  readonly url: string;
  readonly everyMs: number;
  /** Whether the server is ready: it has started, the database answers, and no account is being rebuilt. */
  readonly isAlive: () => boolean;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Calls the watcher from `start` until `stop`. */
export class AlivePing {
  readonly #parts: AlivePingParts;
  readonly #outage = new Outage();
  readonly #stopping = new AbortController();
  readonly #pinging: Periodic;

  constructor(parts: AlivePingParts) {
    this.#parts = parts;
    this.#pinging = new Periodic({
      everyMs: parts.everyMs,
      work: () => this.ping(),
      onFailure: (error) => this.#failed(reasonOf(error)),
    });
  }

  start(): void {
    this.#pinging.start();
    this.#pinging.wake();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#pinging.stop();
  }

  /** Calls once, if the server is ready. */
  async ping(): Promise<void> {
    const { url, isAlive, log } = this.#parts;
    if (!isAlive()) return;
    const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), this.#stopping.signal]);
    const answer = await fetch(url, { signal, redirect: 'manual', headers: { 'user-agent': 'auto-forex' } });
    await answer.body?.cancel();
    if (!answer.ok) return this.#failed(`it answers ${answer.status}`);
    this.#outage.end(log, 'the watcher of ALIVE_PING_URL takes pings again');
  }

  #failed(reason: string): void {
    if (this.#stopping.signal.aborted || !this.#outage.begin()) return;
    this.#parts.log.warn({ reason }, 'the watcher of ALIVE_PING_URL was not reached; trying again');
  }
}

/** A message may name the address; a code does not. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.name : 'unknown';
}

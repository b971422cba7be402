/** What the server and its PostgreSQL take of the processor, together: on a busy machine it says more than a clock does. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from '../drill-database.ts';
import type { ServerProcess } from '../../support/server-process.ts';

/** A tick of the kernel's accounts of time. */
const TICK_MS = 10;
const IDLE_FOR_MS = 6_000;

export class Processor {
  readonly #server: number;
  readonly #postmaster: number;
  #idleShare = 0;

  private constructor(server: number, postmaster: number) {
    this.#server = server;
    this.#postmaster = postmaster;
  }

  static async of(server: ServerProcess, databaseUrl: string): Promise<Processor> {
    const [row] = await askOnce(databaseUrl, "select pg_read_file('postmaster.pid') as content");
    return new Processor(server.pid, Number.parseInt(String(row?.['content']), 10));
  }

  /** Milliseconds since both were started. */
  get usedMs(): number {
    const children = readFileSync(`/proc/${this.#postmaster}/task/${this.#postmaster}/children`, 'utf8');
    const own = children
      .trim()
      .split(' ')
      .map((child) => ticksOf(Number(child)).own);
    const { own: first, ended } = ticksOf(this.#postmaster);
    return [...own, first, ended, ticksOf(this.#server).own].reduce((sum, ticks) => sum + ticks) * TICK_MS;
  }

  /** Milliseconds of the server alone, since its start. */
  get serverMs(): number {
    return ticksOf(this.#server).own * TICK_MS;
  }

  /** Returns the milliseconds in a second in which no one asks for anything; {@link costOf} subtracts them from then on. */
  async idle(): Promise<number> {
    const [startedAt, before] = [performance.now(), this.usedMs];
    await sleep(IDLE_FOR_MS);
    this.#idleShare = (this.usedMs - before) / (performance.now() - startedAt);
    return this.#idleShare * 1_000;
  }

  /** Returns the milliseconds that each of so many pieces of work takes, one after the other. */
  async costOf(times: number, work: (index: number) => Promise<unknown>): Promise<number> {
    const [startedAt, before] = [performance.now(), this.usedMs];
    for (let index = 0; index < times; index += 1) await work(index);
    const idle = this.#idleShare * (performance.now() - startedAt);
    return Math.max(0, this.usedMs - before - idle) / times;
  }
}

/** The ticks of a process with its threads, and of its children that have ended. Source: proc(5), fields 14 to 17 of stat. */
function ticksOf(pid: number): { readonly own: number; readonly ended: number } {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return { own: user + system, ended: endedUser + endedSystem };
}

/** A process may have ended meanwhile; its parent has its time then. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

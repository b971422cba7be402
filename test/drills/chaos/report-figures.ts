/** Prints what a run of the drill was made of. */
import { seconds } from '../say.ts';
import type { Answer } from '../http-client.ts';
import type { FaultCounts } from './faults-met.ts';
import type { Follower } from './follower.ts';
import type { ServerLives } from './server-lives.ts';
import type { Trader } from './trader.ts';
import type { EndedAccount, TradingCounts } from './trading-met.ts';

/** What was done to PostgreSQL and to the server, besides killing it. */
export interface Disturbances {
  /** Of PostgreSQL. */
  readonly restart: number;
  readonly kill: number;
  /** How often the server stayed away, and how many entries have lapsed meanwhile. */
  readonly absences: number;
  readonly lapsesWhileAway: number;
}

interface Run {
  readonly trader: Trader;
  readonly accounts: readonly EndedAccount[];
  readonly lives: ServerLives;
  readonly followers: readonly Follower[];
  readonly faults: FaultCounts;
  readonly counts: TradingCounts;
  readonly disturbances: Disturbances;
  readonly kills: number;
  readonly ms: number;
  readonly say: (text: string) => void;
}

export function reportFigures(run: Run): void {
  const { trader, accounts, lives, followers, faults, counts, disturbances, kills, ms, say } = run;
  const { requests } = trader;
  const orders = accounts.flatMap((account) => account.orders);
  const logs = accounts.flatMap(({ log }) => log);
  const kinds = Map.groupBy(requests.all, ({ kind }) => kind);
  const answers = Map.groupBy(requests.all, ({ answer }) => answerName(answer));
  const unkeyed = trader.accounts.reduce((total, account) => total + account.unkeyed, 0);
  const made = logs.filter(({ type }) => type.endsWith('_ORDER'));
  const fills = logs.filter(({ type }) => type === 'ORDER_FILL');
  say(
    `\n${requests.all.length} requests under keys (${counted(kinds)}), ${requests.repeated} of them sent again; ${unkeyed} without a key`,
  );
  say(`answers: ${counted(answers)}`);
  say(`${orders.length} orders here (${counted(Map.groupBy(orders, ({ createdBy }) => createdBy))})`);
  say(`${made.length} orders at the broker (${counted(Map.groupBy(made, ({ type }) => type))})`);
  const cancels = logs.filter(({ type }) => type === 'ORDER_CANCEL');
  say(`${cancels.length} cancels (${counted(Map.groupBy(cancels, ({ reason }) => reason))})`);
  say(`${fills.length} fills (${counted(Map.groupBy(fills, ({ reason }) => reason))})`);
  for (const [what, count] of Object.entries(counts)) say(`${count} ${what}`);
  for (const { name, sequences, connections } of followers)
    say(
      `the ${name} client was sent ${sequences.length} entries of the journal over ${connections} connections`,
    );
  say(
    `${kills} kills of the server, ${disturbances.absences} absences, ${disturbances.restart} restarts and ${disturbances.kill} kills of PostgreSQL, ${seconds(ms)}`,
  );
  say('faults, armed and happened:');
  for (const [kind, { armed, happened }] of [...faults].toSorted(([a], [b]) => a.localeCompare(b)))
    say(`  ${kind.padEnd(20)} ${String(armed).padStart(5)} ${String(happened).padStart(5)}`);
  const errors = Map.groupBy(lives.errors, (line) => line);
  for (const [line, { length }] of errors) say(`logged ${length} times: ${line}`);
}

function counted(groups: ReadonlyMap<unknown, readonly unknown[]>): string {
  return [...groups].map(([name, { length }]) => `${String(name)} ${length}`).join(', ');
}

function answerName(answer: Answer | undefined): string {
  if (!answer) return 'none';
  const { code, type } = JSON.parse(answer.text) as { code?: string; type?: string };
  return answer.status === 201 ? '201' : `${answer.status} ${code ?? type}`;
}

/** Prints what a run of the drill was made of. */
import { say, seconds } from '../say.ts';
import type { Answer } from '../http-client.ts';
import type { ServerLives } from './server-lives.ts';
import type { SimulatorControl } from './simulator-control.ts';
import type { Trader } from './trader.ts';

interface Run {
  readonly trader: Trader;
  readonly simulator: SimulatorControl;
  readonly lives: ServerLives;
  readonly kills: number;
  readonly restarts: number;
  readonly ms: number;
}

export function reportFigures({ trader, simulator, lives, kills, restarts, ms }: Run): void {
  const { requests, unkeyed } = trader;
  const kinds = Map.groupBy(requests.all, ({ kind }) => kind);
  const answers = Map.groupBy(requests.all, ({ answer }) => answerName(answer));
  say(
    `\n${requests.all.length} requests under keys (${counted(kinds)}), ${requests.repeated} of them sent again; ${unkeyed} without a key`,
  );
  say(`answers: ${counted(answers)}`);
  say(`${kills} kills, ${restarts} restarts of PostgreSQL, ${seconds(ms)}`);
  say('faults, armed and happened:');
  for (const [kind, { armed, happened }] of [...simulator.counts].toSorted(([a], [b]) => a.localeCompare(b)))
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

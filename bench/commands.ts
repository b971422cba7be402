/** `commands`: what an operator's command costs the processor, against a Node that does nothing. */

import { join } from 'node:path';
import { withDatabase } from './bench-database.ts';
import { median } from './benchmark.ts';
import { processorMsOf } from './processes.ts';
import type { Benchmark } from './benchmark.ts';

const MANAGE = join(import.meta.dirname, '../src/manage.ts');
const ROUNDS = 5;

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  nothing: ['--eval', '0'],
  'manage copies': [MANAGE, 'copies'],
  'manage users list': [MANAGE, 'users', 'list'],
  'manage db status': [MANAGE, 'db', 'status'],
  'manage --help': [MANAGE, '--help'],
};

export const COMMANDS_COST: Benchmark = {
  name: 'commands',
  unit: 'ms of processor',
  baseline: 'node --eval 0',
  target: { atMost: 20 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      const costs: Record<string, number[]> = {};
      // The first round keeps the code that it has compiled.
      for (let round = 0; round <= ROUNDS; round += 1)
        for (const [name, words] of Object.entries(COMMANDS)) {
          const cost = await processorMsOf(words, { DATABASE_URL: databaseUrl });
          if (round > 0) (costs[name] ??= []).push(cost);
        }
      const {
        nothing = NaN,
        'manage copies': copies = NaN,
        ...others
      } = Object.fromEntries(Object.entries(costs).map(([name, values]) => [name, median(values)]));
      const notes = Object.entries(others).map(([name, cost]) => `${name}: ${cost} ms`);
      return { value: copies, baselineValue: nothing, notes };
    }),
};

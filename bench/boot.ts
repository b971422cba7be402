/** `boot`: from the start of the process to the answer of `/readyz`, against the same without looking at migrations. */

import { bootOnce, keepCompiledCode, medianOf } from './boot-once.ts';
import { compareTimes, median } from './benchmark.ts';
import { quietLog, withDatabase } from './bench-database.ts';
import { processorMsOf } from './processes.ts';
import { project } from '../src/server/schema.ts';
import { openPlainConnection, prepareSchema } from '../src/migrator/index.ts';
import type { Boot } from './boot-once.ts';
import type { Benchmark } from './benchmark.ts';

export const BOOT: Benchmark = {
  name: 'boot',
  unit: 'ms',
  baseline: 'MIGRATIONS=off',
  target: { atMost: 1.15 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      await keepCompiledCode(databaseUrl);
      const boots: Boot[] = [];
      const bareMs: number[] = [];
      const ready = await compareTimes(
        async () => void boots.push(await bootOnce(databaseUrl)),
        async () => {
          await bootOnce(databaseUrl, { migrations: 'off' });
        },
      );
      for (let round = 0; round < boots.length; round += 1) bareMs.push(await processorMsOf(['--eval', '0']));
      const [live, cost] = [medianOf(boots, 'liveMs'), medianOf(boots, 'processorMs')];
      const check = await compareTimes(
        async () => void (await prepareSchema({ ...project, databaseUrl, mode: 'auto', log: quietLog })),
        () => connectOnce(databaseUrl),
      );
      const [checkMs, connectMs] = [check.value.toFixed(1), check.baselineValue.toFixed(1)];
      return {
        ...ready,
        notes: [
          `to /livez ${live.toFixed(0)} ms; ${cost} ms of processor to /readyz, ${(cost / median(bareMs)).toFixed(1)} times node --eval 0`,
          `finding nothing to migrate takes ${checkMs} ms (wanted: 60 at most), connecting alone ${connectMs} ms`,
        ],
      };
    }),
};

/** What any question to the database costs that opens a connection for it. */
async function connectOnce(databaseUrl: string): Promise<void> {
  const connection = openPlainConnection(databaseUrl);
  await connection.query('select 1');
  await connection.close();
}

/**
 * `npm run drill:chaos [-- --kills N --orders N --seed N]`: a server that trades at the v20 simulator is killed again and again while faults
 * happen to its requests and streams and its PostgreSQL ends. Ends with 0 only if at the end every order is at the broker once, and all is
 * here as it is there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLargeFiles } from '../support/large-files.ts';
import { readOptions } from './chaos/options.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { interrupted, runDrill, say } from './say.ts';
import type { DatabaseEnds } from './chaos/run-chaos.ts';
import type { DrillServer } from './drill-database.ts';

const RESTARTS_PERCENT = 6;
const KILLS_PERCENT = 6;
/** How long the server works with the PostgreSQL that came back, before it is killed itself. */
const WORKS_ON_MS = { least: 0, most: 5_000 } as const;

async function chaos(folder: string): Promise<boolean> {
  const options = readOptions(process.argv.slice(2));
  // The processes that it starts load their packages from there, as those of tests do.
  await makeLargeFiles();
  await using postgres = await startDrillServer(`${folder}/database`);
  const differences = await runChaos({
    options,
    databaseUrl: await postgres.createDatabase('drill'),
    dataDirectory: `${folder}/data`,
    endDatabase: databaseEnder(postgres),
    interrupted: interrupted(),
    say,
  });
  for (const difference of differences) say(`DIFFERENT: ${difference}`);
  say(
    differences.length === 0 ? 'All is here as it is at the broker.' : `${differences.length} differences.`,
  );
  return differences.length === 0;
}

/** Restarts or kills PostgreSQL now and then. */
function databaseEnder(postgres: DrillServer): DatabaseEnds {
  return async (draw) => {
    const isRestart = draw.chance(RESTARTS_PERCENT);
    const isKill = !isRestart && draw.chance(KILLS_PERCENT);
    if (!isRestart && !isKill) return undefined;
    await (isRestart ? postgres.restart() : postgres.kill());
    await sleep(draw.whole(WORKS_ON_MS.least, WORKS_ON_MS.most));
    return isRestart ? 'restart' : 'kill';
  };
}

await runDrill(() => inDrillFolder('chaos', chaos));

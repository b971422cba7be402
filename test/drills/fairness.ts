/**
 * `npm run drill:fairness [-- --flood NAME --seconds N]`: one person trades while others flood the server, one flood after the other.
 * Prints how long orders, reads and the journal took beside each. Ends with 0 only if every order was answered, and 99 of 100 in at most
 * three times what it takes without a flood.
 */
import { parseArgs } from 'node:util';
import { makeLargeFiles } from '../support/large-files.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { Bystander } from './fairness/bystander.ts';
import { FloodProcess } from './fairness/flood-process.ts';
import { FLOODS, LAST_FLOOD } from './fairness/floods.ts';
import { MOST_TIMES, tableOf, unfairPhases } from './fairness/verdict.ts';
import { interrupted, Misuse, runDrill, say, seconds } from './say.ts';
import type { Phase } from './fairness/verdict.ts';

/** The market is open, whatever day it is. */
const PAPER_FEED = 'synthetic?seed=7&start=2026-01-05T12:00:00Z';

function readOptions(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: { flood: { type: 'string', multiple: true }, seconds: { type: 'string', default: '15' } },
  });
  const length = Number(values.seconds);
  if (!Number.isInteger(length) || length < 1 || length > 600)
    throw new Misuse(`--seconds was ${values.seconds}; a whole number from 1 to 600 was expected.`);
  const names = Object.keys(FLOODS);
  const floods = values.flood ?? names;
  for (const name of floods)
    if (!names.includes(name))
      throw new Misuse(`--flood was ${name}; one of ${names.join(', ')} was expected.`);
  return { phaseMs: length * 1_000, floods };
}

type Options = ReturnType<typeof readOptions>;

async function fairness(folder: string): Promise<boolean> {
  const options = readOptions(process.argv.slice(2));
  await makeLargeFiles();
  await using postgres = await startDrillServer(`${folder}/database`);
  const databaseUrl = await postgres.createDatabase('drill');
  await using server = new ServerProcess({
    DATABASE_URL: databaseUrl,
    DATA_DIRECTORY: `${folder}/data`,
    TRUSTED_PROXIES: '127.0.0.1',
    PAPER_FEED,
  });
  const place = { address: await server.ready, databaseUrl };
  const phases = await Promise.race([measureAll(options, place), interrupted()]);
  say(`\n${tableOf(phases)}`);
  say(`\nMilliseconds, and how many times the mean of the calm phases (at least 10 ms).`);
  for (const { level, msg } of server.errors.slice(0, 10)) say(`The server logged (${level}): ${msg}`);
  const unfair = unfairPhases(phases);
  for (const line of unfair) say(`UNFAIR: ${line}`);
  if (unfair.length === 0) say(`Every order p99 is at most ${MOST_TIMES} times the calm one.`);
  return unfair.length === 0;
}

async function measureAll(
  { phaseMs, floods }: Options,
  place: { readonly address: string; readonly databaseUrl: string },
): Promise<Phase[]> {
  const other = await Bystander.join(place.address);
  const phases: Phase[] = [];
  const measureCalm = async (name: string): Promise<void> => {
    await other.settle();
    phases.push({ name, isCalm: true, samples: await other.measure(phaseMs), outcomes: new Map() });
  };
  const measureFlood = async (name: string): Promise<void> => {
    const startedAt = performance.now();
    await using flood = await FloodProcess.prepare({ ...place, name });
    await other.settle();
    say(`${name}: prepared in ${seconds(performance.now() - startedAt)}.`);
    flood.begin();
    const samples = await other.measure(phaseMs);
    phases.push({ name, isCalm: false, samples, outcomes: await flood.end() });
  };
  try {
    // What Node compiles while it runs is compiled before anything counts.
    await other.measure(phaseMs / 3);
    await measureCalm('calm');
    for (const name of floods.filter((flood) => flood !== LAST_FLOOD)) await measureFlood(name);
    await measureCalm('calm again');
    if (floods.includes(LAST_FLOOD)) await measureFlood(LAST_FLOOD);
    return phases;
  } finally {
    other.close();
  }
}

await runDrill(() => inDrillFolder('fairness', fairness));

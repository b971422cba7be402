/** The deployment of the change: each step as an operator does it, migrations first and then copy by copy. */
import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBatches, watchBatches } from './batch-watch.ts';
import { askOnce } from './drill-database.ts';
import { BACKFILL } from './renamed-column.ts';
import { say, seconds } from './say.ts';
import { mustRun, runProgram } from './version-folder.ts';
import type { Figures } from './figures.ts';
import type { Fleet } from './fleet.ts';
import type { Versions } from './renamed-column.ts';
import type { Version } from './version-folder.ts';

/** How many copies of a version run. */
const COPIES = 2;
/** The exit code of a contract that something still stands in the way of. */
const CONTRACT_REFUSED = 19;
const LOOK_EVERY_MS = 500;

/** What is deployed where, and how long things may last. */
export interface Deployment {
  readonly databaseUrl: string;
  readonly versions: Versions;
  readonly fleet: Fleet;
  readonly figures: Figures;
  /** How long the load runs before and after. */
  readonly baselineMs: number;
  /** How long two versions stay beside each other. */
  readonly besideMs: number;
  /** How long the backfill, and the gate of the contract, may take. */
  readonly patienceMs: number;
}

/** Starts the copies that are there before. */
export async function startBefore({ databaseUrl, fleet, versions }: Deployment): Promise<void> {
  for (let copy = 0; copy < COPIES; copy += 1) await fleet.add(versions.before);
  await watchBatches(databaseUrl);
}

/** Carries out the three steps under load. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { figures, baselineMs } = deployment;
  enter(figures, 'before');
  await sleep(baselineMs);
  await expand(deployment);
  await backfill(deployment);
  await contract(deployment);
  enter(figures, 'after');
  await sleep(baselineMs);
  figures.end();
}

function enter(figures: Figures, step: string): void {
  // Anyone who compares latencies wants to know what else the machine did.
  say(`— ${step} (load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors)`);
  figures.enter(step);
}

/** The schema of N+1 while only N serves. A copy of N that starts now finds a database that is newer than itself. */
async function expand(deployment: Deployment): Promise<void> {
  const { figures, fleet, versions, besideMs } = deployment;
  enter(figures, '1 expand');
  await migrate(deployment, versions.expanded);
  await fleet.add(versions.before);
  await fleet.removeOldest();
  await sleep(besideMs);
}

/** N+1 fills the rows while one copy of N serves beside it to the end. */
async function backfill(deployment: Deployment): Promise<void> {
  const { figures, fleet, versions, besideMs } = deployment;
  enter(figures, '2 backfill');
  for (let copy = 0; copy < COPIES; copy += 1) await fleet.add(versions.expanded);
  await fleet.removeOldest();
  await untilFilled(deployment);
  await sleep(besideMs);
  await fleet.removeOldest();
}

/** N+2 in the place of N+1, copy by copy; then, when N+1 is gone, the old column goes. */
async function contract(deployment: Deployment): Promise<void> {
  const { figures, fleet, versions, besideMs } = deployment;
  enter(figures, '3 new code');
  await migrate(deployment, versions.contracted);
  await fleet.replaceAll(versions.contracted, besideMs);
  enter(figures, '3 contract');
  await runContract(deployment);
  await sleep(besideMs);
}

async function migrate({ databaseUrl }: Deployment, version: Version): Promise<void> {
  const settings = { DATABASE_URL: databaseUrl, MIGRATIONS: 'only', BACKUP_BEFORE_MIGRATE: 'off' };
  const { lines, durationMs } = await mustRun(version, ['src/main.ts'], settings);
  for (const { migration, durationMs: took, msg } of lines)
    if (msg === 'migration applied') say(`  ${String(migration)} in ${String(took)} ms`);
  say(`  MIGRATIONS=only of ${version.name}: ${seconds(durationMs)} with its start`);
}

async function untilFilled({ databaseUrl, patienceMs }: Deployment): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const [row] = await askOnce(
      databaseUrl,
      `select to_jsonb(job) as job, extract(epoch from completed_at - started_at)::float as seconds
         from backfill_jobs as job where name = '${BACKFILL}'`,
    );
    const { state, ...job } = (row?.['job'] ?? {}) as Readonly<Record<string, unknown>>;
    if (state === 'done') {
      const { count, medianMs, longestMs, largest } = await readBatches(databaseUrl);
      say(
        `  ${String(job['rows_done'])} rows filled in ${String(row?.['seconds'])} s, in ${count} batches of up to ${largest} rows`,
      );
      say(
        `  a batch held its rows for ${medianMs.toFixed(0)} ms (median), ${longestMs.toFixed(0)} ms (longest)`,
      );
      return;
    }
    if (state === 'failed' || performance.now() > giveUpAt)
      throw new Error(`The backfill is ${String(state)}: ${JSON.stringify(job)}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** The gate refuses while a copy that needs the old column may still run. */
async function runContract({ databaseUrl, versions, patienceMs }: Deployment): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const words = ['src/manage.ts', 'db', 'migrate', '--contract', '--yes'];
    const settings = { DATABASE_URL: databaseUrl, BACKUP_BEFORE_MIGRATE: 'off' };
    const { code, text, durationMs } = await runProgram(versions.contracted, words, settings);
    const waitedMs = performance.now() - startedAt;
    if (code === 0) {
      say(
        `${text.trim().replaceAll(/^/gm, '  ')}\n  db migrate --contract: ${seconds(durationMs)} with its start`,
      );
      if (waitedMs > durationMs) say(`  the gate had been shut for ${seconds(waitedMs - durationMs)}`);
      return;
    }
    if (code !== CONTRACT_REFUSED || waitedMs > patienceMs)
      throw new Error(`db migrate --contract ended with ${code}:\n${text}`);
    await sleep(LOOK_EVERY_MS);
  }
}

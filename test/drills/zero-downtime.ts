/**
 * `npm run drill:zero-downtime [-- --rows N --short]`: deploys a renamed column in three steps while people read and write
 * through the API, with old and new copies of the server beside each other. Ends with 0 only if every request got the right answer.
 */
import { parseArgs } from 'node:util';
import { deploy, startBefore } from './deployment.ts';
import { askOnce, startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { Figures } from './figures.ts';
import { Fleet } from './fleet.ts';
import { LoadBalancer } from './load-balancer.ts';
import { Load, makePerson } from './load.ts';
import { makeVersions, TABLE } from './renamed-column.ts';
import { wrongRows } from './row-check.ts';
import { interrupted, runDrill, say } from './say.ts';
import { seedSql } from './seeded-strategies.ts';
import { mustRun } from './version-folder.ts';
import type { Deployment } from './deployment.ts';
import type { Person } from './load-client.ts';
import type { Seeding } from './seeded-strategies.ts';

const PEOPLE = 4;
/** Each client makes ten requests a second. */
const REQUEST_EVERY_MS = 100;
const SHOWN_FAULTS = 10;
/** The market is open, whatever day it is. */
const MARKET_BEGINS_AT = Date.parse('2026-01-05T12:00:00Z');
/** Longer than a start takes. */
const MARKET_LEAD_MS = 60_000;

const LONG = { clients: 12, baselineMs: 20_000, besideMs: 5_000, patienceMs: 1_800_000 };
/** For anyone who waits: the same steps, each for a moment. */
const SHORT = { clients: 6, baselineMs: 4_000, besideMs: 1_000, patienceMs: 120_000 };

function readOptions(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: { rows: { type: 'string', default: '1000000' }, short: { type: 'boolean', default: false } },
  });
  const rows = Number(values.rows);
  if (!Number.isInteger(rows) || rows < 1_000 || rows % 1_000 !== 0)
    throw new Error(`--rows was ${values.rows}; thousands were expected, such as 20000.`);
  return { rows, ...(values.short ? SHORT : LONG) };
}

async function zeroDowntime(folder: string): Promise<boolean> {
  const options = readOptions(process.argv.slice(2));
  const versions = await makeVersions(folder);
  await using server = await startDrillServer(`${folder}/database`);
  const databaseUrl = await server.createDatabase('drill');
  await using balancer = new LoadBalancer();
  const address = await balancer.listen();
  const startedAt = Date.now();
  await using fleet = new Fleet(balancer, (copy) => ({
    DATABASE_URL: databaseUrl,
    TRUSTED_PROXIES: '127.0.0.1',
    PAPER_FEED: market(copy, Date.now() - startedAt),
  }));
  const figures = new Figures();
  const deployment: Deployment = { ...options, databaseUrl, versions, fleet, figures };

  await startBefore(deployment);
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => makePerson(address, index)));
  const seeding = await seed(deployment, options, people);
  const load = new Load({ people, seeding, everyMs: REQUEST_EVERY_MS, figures });
  load.start();
  try {
    await Promise.race([deploy(deployment), interrupted()]);
  } catch (error) {
    report(figures, balancer.passedOn, fleet.errors);
    throw error;
  } finally {
    await load.stop();
    for (const { http } of people) http.close();
  }
  const faults = await wrongRows(databaseUrl, seeding, load.names);
  say(`\n${seeding.rows} rows and ${load.names.size} names given through the API were compared at the end.`);
  await fleet.stop();
  return report(figures, balancer.passedOn, [...faults, ...fleet.errors]);
}

/**
 * Each copy makes up its market from the moment when it starts. A later copy begins further on than any before it, so that an
 * account that moves there meets no prices older than those it knows.
 */
function market(copy: number, elapsedMs: number): string {
  const startsAt = new Date(MARKET_BEGINS_AT + elapsedMs + copy * MARKET_LEAD_MS);
  return `synthetic?seed=3&start=${startsAt.toISOString()}`;
}

async function seed(
  { databaseUrl, versions }: Deployment,
  { rows, clients }: { readonly rows: number; readonly clients: number },
  people: readonly Person[],
): Promise<Seeding> {
  const seeding = { rows, clients, accountIds: people.map(({ archiveAccountId }) => archiveAccountId) };
  await askOnce(databaseUrl, seedSql(seeding));
  // Each person has thousands of strategies then, and makes more.
  await mustRun(versions.before, ['src/manage.ts', 'person-limits', 'set', `strategies=${2 * rows}`], {
    DATABASE_URL: databaseUrl,
  });
  await askOnce(databaseUrl, `vacuum analyze ${TABLE}`);
  say(`${rows} rows in ${TABLE}; ${clients} clients, each with a request every ${REQUEST_EVERY_MS} ms.`);
  return seeding;
}

function report(figures: Figures, passedOn: number, faults: readonly string[]): boolean {
  const { failures } = figures;
  say(`\n${figures.toText()}`);
  for (const { step, action, servedBy, what } of failures.slice(0, SHOWN_FAULTS))
    say(`FAILED in ${step}, ${action}, answered by ${servedBy || 'no copy'}: ${what.slice(0, 500)}`);
  for (const fault of faults.slice(0, SHOWN_FAULTS)) say(`WRONG: ${fault}`);
  if (faults.length > SHOWN_FAULTS) say(`and ${faults.length - SHOWN_FAULTS} more`);
  say(`${passedOn} requests continued to the copy that trades the account.`);
  say(`${figures.total} requests, ${failures.length} failed.`);
  return failures.length === 0 && faults.length === 0;
}

await runDrill(() => inDrillFolder('zero-downtime', zeroDowntime));

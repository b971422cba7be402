/**
 * `npm run drill:upgrade [-- --from REF …]`: upgrades a database of each of the last versions, with rows in every table, to this
 * checkout; compares it with a new one; and lets that version serve on the new schema, as it does during a deployment.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { compareSchema } from '../../src/migrator/inspect/drift/compare-schema.ts';
import { readSchema } from '../../src/migrator/inspect/drift/read-schema.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';
import { walk, walkOn } from './api-walk.ts';
import { runWaitingContracts } from './contracts.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { lostRows, readRows } from './kept-rows.ts';
import { checkOut, findPrevious } from './previous-version.ts';
import { runDrill, say, seconds } from './say.ts';
import { ServerCopy } from './server-copy.ts';
import { mustRun } from './version-folder.ts';
import type { DrillServer } from './drill-database.ts';
import type { PreviousRef } from './previous-version.ts';
import type { Version } from './version-folder.ts';

const HERE: Version = { name: 'this checkout', folder: join(import.meta.dirname, '../..') };
/** The market is open, whatever day it is. */
const MARKET = 'synthetic?seed=3&start=2026-01-05T12:00:00Z';

async function upgrade(): Promise<boolean> {
  const { values } = parseArgs({ options: { from: { type: 'string', multiple: true } } });
  const versions = await findPrevious(values.from ?? []);
  if (versions.length === 0) {
    say(
      'SKIPPED: this clone holds no previous version (a shallow one? "git fetch --unshallow --tags" brings it).',
    );
    return true;
  }
  let isRight = true;
  for (const previous of versions)
    isRight = (await inDrillFolder('upgrade', (folder) => upgradeFrom(previous, folder))) && isRight;
  return isRight;
}

async function upgradeFrom(previous: PreviousRef, folder: string): Promise<boolean> {
  const before = await checkOut(previous, join(folder, 'previous'));
  say(`From ${before.name} (${previous.reason}) to this checkout.`);
  await using server = await startDrillServer(join(folder, 'database'));
  const faults = await upgradeWithRows(server, before);
  // A request that is refused ends the walk, and must not hide what was found before.
  faults.push(...(await serveOnNewSchema(server, before).catch((error: unknown) => [String(error)])));
  for (const fault of faults) say(`WRONG: ${fault}`);
  if (faults.length === 0) say('The upgrade keeps what there was, and the previous version serves on it.');
  return faults.length === 0;
}

/** A row in every table of the previous version is still there, and the schema is that of a new database. */
async function upgradeWithRows(server: DrillServer, before: Version): Promise<string[]> {
  const upgradedUrl = await server.createDatabase('upgraded');
  await migrate(before, upgradedUrl);
  const connection = openPlainConnection(upgradedUrl, 'drill');
  try {
    const tables = await fillEmptyTables(connection);
    const rows = await readRows(connection);
    await migrate(HERE, upgradedUrl);
    await runWaitingContracts(HERE, upgradedUrl);
    const lost = await lostRows(connection, rows);
    say(`  a row in each of ${tables.length} tables was compared`);
    const freshUrl = await server.createDatabase('fresh');
    await migrate(HERE, freshUrl);
    const [fresh, upgraded] = [await readSchema(freshUrl), await readSchema(upgradedUrl)];
    say(`  ${upgraded.length} parts of the schema were compared with those of a new database`);
    return [...lost, ...compareSchema(fresh, upgraded).map(({ sentence }) => sentence)];
  } finally {
    await connection.close();
  }
}

/** What the previous version made, it still finds and continues with on the new schema; and so does this checkout. */
async function serveOnNewSchema(server: DrillServer, before: Version): Promise<string[]> {
  const databaseUrl = await server.createDatabase('served');
  const serve = async <Result>(
    version: Version,
    migrations: 'auto' | 'off',
    use: (address: string) => Promise<Result>,
  ): Promise<{ result: Result; errors: readonly string[] }> => {
    const settings = { DATABASE_URL: databaseUrl, PAPER_FEED: MARKET, MIGRATIONS: migrations };
    await using copy = new ServerCopy(version, settings);
    const startedAt = performance.now();
    const address = await copy.ready;
    const result = await use(address);
    await copy.stop();
    say(`  ${version.name} served with MIGRATIONS=${migrations}: ${seconds(performance.now() - startedAt)}`);
    return { result, errors: copy.errors };
  };
  const { result: trail, errors } = await serve(before, 'auto', walk);
  await migrate(HERE, databaseUrl);
  const goOn = (address: string): Promise<void> => walkOn(address, trail);
  return [
    ...errors,
    ...(await serve(before, 'off', goOn)).errors,
    // A container that restarts during the deployment: it finds migrations that it does not know.
    ...(await serve(before, 'auto', goOn)).errors,
    ...(await serve(HERE, 'auto', goOn)).errors,
  ];
}

async function migrate(version: Version, databaseUrl: string): Promise<void> {
  const settings = { DATABASE_URL: databaseUrl, MIGRATIONS: 'only', BACKUP_BEFORE_MIGRATE: 'off' };
  const { lines } = await mustRun(version, ['src/main.ts'], settings);
  const applied = lines.filter(({ msg }) => msg === 'migration applied').length;
  say(`  ${version.name} applied ${applied} migrations to ${new URL(databaseUrl).pathname.slice(1)}`);
}

await runDrill(upgrade);

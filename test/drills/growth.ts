/**
 * `npm run drill:growth [-- --most N]`: how the cost of pages grows with rows in the tables, and memory and processor with accounts,
 * strategies and sockets. Prints tables. Ends with 0 only if no page grows with what is stored.
 */
import { parseArgs } from 'node:util';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { bundlePackages } from '../support/packages-in-one-file.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { growthTable, isFlat } from './growth/growth-table.ts';
import { NONE_FOUND } from './growth/measured-pages.ts';
import { measureHeld } from './growth/held-memory.ts';
import { measureStoredRows } from './growth/stored-rows.ts';
import { interrupted, runDrill, say } from './say.ts';

const FEWEST_ROWS = 10_000;
/** The market is open, whatever day it is. */
const PAPER_FEED = 'synthetic?seed=7&start=2026-01-05T12:00:00Z';
const PROBE_MODULE = new URL('soak/probe.ts', import.meta.url).href;

function readSizes(argv: readonly string[]): readonly number[] {
  const { values } = parseArgs({
    args: [...argv],
    options: { most: { type: 'string', default: '1000000' } },
  });
  const most = Number(values.most);
  if (!Number.isInteger(most) || most < FEWEST_ROWS || most > 10_000_000)
    throw new Error(
      `--most was ${values.most}; a whole number from ${FEWEST_ROWS} to 10000000 was expected.`,
    );
  const sizes: number[] = [];
  for (let size = FEWEST_ROWS; size <= most; size *= 10) sizes.push(size);
  return sizes;
}

async function growth(folder: string): Promise<boolean> {
  const sizes = readSizes(process.argv.slice(2));
  await bundlePackages();
  await using postgres = await startDrillServer(`${folder}/database`);
  const environment = async (name: string) => ({
    DATABASE_URL: await postgres.createDatabase(name),
    DATA_DIRECTORY: `${folder}/data`,
    TRUSTED_PROXIES: '127.0.0.1',
    PAPER_FEED,
    NODE_OPTIONS: `${NODE_ENVIRONMENT.NODE_OPTIONS} --expose-gc --import=${PROBE_MODULE}`,
  });
  return await Promise.race([
    measure(await environment('held'), await environment('rows'), sizes),
    interrupted(),
  ]);
}

async function measure(
  held: Readonly<Record<string, string>>,
  stored: Readonly<Record<string, string>>,
  sizes: readonly number[],
): Promise<boolean> {
  say(`\n${await measureHeld(held)}\n`);
  const costs = await measureStoredRows(stored, sizes);
  say(`\n${growthTable('ms at best, with so many rows', sizes, costs)}`);
  const growing = costs.filter((cost) => cost.name !== NONE_FOUND && !isFlat(cost));
  say(growing.length === 0 ? '\nNo page grows with what is stored.' : `\n${growing.length} pages grow.`);
  return growing.length === 0;
}

await runDrill(() => inDrillFolder('growth', growth));

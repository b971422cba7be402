/**
 * `npm run drill:growth [-- --most N] [--only PART…]`: how the cost of pages grows with rows in the tables, of orders, quotes and reads with what
 * an account or a person has, of backtests with quotes, and memory and processor with accounts, strategies and sockets. Prints tables. Ends
 * with 0 only if no page grows with what is stored, and nothing else more than in proportion.
 */
import { parseArgs } from 'node:util';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { makeLargeFiles } from '../support/large-files.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { growthTable, isAtMostLinear, isFlat } from './growth/growth-table.ts';
import { measureIdleAccounts } from './growth/idle-accounts.ts';
import { NONE_FOUND } from './growth/measured-pages.ts';
import { measureHeld } from './growth/held-memory.ts';
import { measureOneAccount } from './growth/one-account.ts';
import { measureStoredPrices } from './growth/stored-prices.ts';
import { measureStoredRows } from './growth/stored-rows.ts';
import { interrupted, Misuse, runDrill, say } from './say.ts';
import { manage } from '../support/manage.ts';
import type { Costs } from './growth/growth-table.ts';

const FEWEST_ROWS = 10_000;
/** An account may have a thousand of each. */
const OF_ONE_ACCOUNT = [10, 100, 990];
const IDLE_ACCOUNTS = [1, 10, 100, 1_000];
/** The market is open, whatever day it is. */
const PAPER_FEED = 'synthetic?seed=7&start=2026-01-05T12:00:00Z';
const PROBE_MODULE = new URL('soak/probe.ts', import.meta.url).href;

type Settings = Readonly<Record<string, string>>;

/** Each prints a table, and returns whether nothing in it costs more than it may. */
const PARTS: Readonly<Record<string, (settings: Settings, rows: readonly number[]) => Promise<boolean>>> = {
  held: async (settings) => {
    say(`\n${await measureHeld(settings)}\n`);
    return true;
  },
  'resting-orders': async (settings) =>
    show(
      'with so many resting orders',
      OF_ONE_ACCOUNT,
      await measureOneAccount(settings, 'resting orders', OF_ONE_ACCOUNT),
    ),
  'open-positions': async (settings) =>
    show(
      'with so many open positions',
      OF_ONE_ACCOUNT,
      await measureOneAccount(settings, 'open positions', OF_ONE_ACCOUNT),
    ),
  'idle-accounts': async (settings) =>
    show('with so many idle accounts', IDLE_ACCOUNTS, await measureIdleAccounts(settings, IDLE_ACCOUNTS)),
  quotes: async (settings, sizes) =>
    show('with so many stored quotes', sizes, await measureStoredPrices(settings, sizes)),
  rows: async (settings, sizes) => {
    const costs = await measureStoredRows(settings, sizes);
    say(`\n${growthTable('ms at best, with so many rows', sizes, costs)}`);
    const growing = costs.filter((cost) => cost.name !== NONE_FOUND && !isFlat(cost));
    say(growing.length === 0 ? '\nNo page grows with what is stored.' : `\n${growing.length} pages grow.`);
    return growing.length === 0;
  },
};

function show(what: string, sizes: readonly number[], costs: readonly Costs[]): boolean {
  const isFine = (cost: Costs): boolean => isAtMostLinear(cost, sizes);
  say(`\n${growthTable(`ms of processor, ${what}`, sizes, costs, isFine)}\n`);
  return costs.every(isFine);
}

function readOptions(argv: readonly string[]): {
  readonly sizes: readonly number[];
  readonly parts: readonly string[];
} {
  const { values } = parseArgs({
    args: [...argv],
    options: { most: { type: 'string', default: '1000000' }, only: { type: 'string', multiple: true } },
  });
  const most = Number(values.most);
  if (!Number.isInteger(most) || most < FEWEST_ROWS || most > 10_000_000)
    throw new Misuse(
      `--most was ${values.most}; a whole number from ${FEWEST_ROWS} to 10000000 was expected.`,
    );
  const parts = values.only ?? Object.keys(PARTS);
  const unknown = parts.find((part) => !Object.hasOwn(PARTS, part));
  if (unknown !== undefined)
    throw new Misuse(`--only was ${unknown}; one of ${Object.keys(PARTS).join(', ')} was expected.`);
  const sizes: number[] = [];
  for (let size = FEWEST_ROWS; size <= most; size *= 10) sizes.push(size);
  return { sizes, parts };
}

async function growth(folder: string): Promise<boolean> {
  const { sizes, parts } = readOptions(process.argv.slice(2));
  await makeLargeFiles();
  await using postgres = await startDrillServer(`${folder}/database`);
  const measureAll = async (): Promise<boolean> => {
    let isFine = true;
    for (const part of parts) {
      const databaseUrl = await postgres.createDatabase(part.replace('-', '_'));
      await allowMany(databaseUrl);
      const settings = {
        DATABASE_URL: databaseUrl,
        DATA_DIRECTORY: `${folder}/data`,
        TRUSTED_PROXIES: '127.0.0.1',
        PAPER_FEED,
        NODE_OPTIONS: `${NODE_ENVIRONMENT.NODE_OPTIONS} --expose-gc --import=${PROBE_MODULE}`,
      };
      isFine = (await PARTS[part]?.(settings, sizes)) === true && isFine;
    }
    return isFine;
  };
  return await Promise.race([measureAll(), interrupted()]);
}

/** One person has more accounts than people usually may. */
async function allowMany(databaseUrl: string): Promise<void> {
  const { code, stderr } = await manage(['person-limits', 'set', 'accounts=2000'], {
    DATABASE_URL: databaseUrl,
  });
  if (code !== 0) throw new Error(`The limit of accounts was not set: ${stderr}`);
}

await runDrill(() => inDrillFolder('growth', growth));

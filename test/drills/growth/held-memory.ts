/** What accounts, strategies and sockets cost a server: memory after garbage collection, and the processor. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PAPER_INSTRUMENTS } from '../../../src/core/domain/paper-instruments.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { signUp } from '../http-client.ts';
import { Listener } from '../soak/listener.ts';
import { probe } from '../soak/probed.ts';
import type { HttpClient } from '../http-client.ts';
import type { Probed } from '../soak/probed.ts';

const PEOPLE = 50;
const ACCOUNTS_EACH = 2;
const STRATEGIES_EACH = 4;
/** As many as one person may have. */
const SOCKETS_EACH = 20;
const SETTLES_MS = 5_000;
const LOOKS_MS = 10_000;
const MIB = 1024 * 1024;
const KIB = 1024;

const ACCOUNT = { environment: 'paper', currency: 'USD', initialBalance: '100000' };
const INSTRUMENTS = PAPER_INSTRUMENTS.list.map(({ name }) => name);

interface Owner {
  readonly from: string;
  readonly http: HttpClient;
  readonly token: string;
  readonly accountIds: string[];
}

/** Returns a table: what there is, and what the server's process came to with it. */
export async function measureHeld(environment: Readonly<Record<string, string>>): Promise<string> {
  await using server = new ServerProcess(environment, []);
  const address = await server.ready;
  const owners: Owner[] = [];
  for (let index = 0; index < PEOPLE; index += 1) owners.push(await join(address, index));
  const rows: [string, number, Probed & { readonly processor: number }][] = [];
  const look = async (what: string, more: number): Promise<void> => {
    await sleep(SETTLES_MS);
    const before = await probe(server);
    await sleep(LOOKS_MS);
    const after = await probe(server);
    const processor = (100 * (after.cpuMs - before.cpuMs)) / (after.time - before.time);
    rows.push([what, more, { ...after, processor }]);
  };
  await look('nothing', 0);
  for (const owner of owners) await openAccounts(owner);
  await look(`${PEOPLE * ACCOUNTS_EACH} paper accounts`, PEOPLE * ACCOUNTS_EACH);
  for (const owner of owners) await startStrategies(owner);
  await look(`and ${PEOPLE * STRATEGIES_EACH} strategies`, PEOPLE * STRATEGIES_EACH);
  const listeners: Listener[] = [];
  for (const owner of owners) listeners.push(...(await openSockets(address, owner)));
  await look(`and ${PEOPLE * SOCKETS_EACH} sockets`, PEOPLE * SOCKETS_EACH);
  for (const listener of listeners) listener.close();
  const faults = listeners.flatMap((listener) => listener.faults);
  if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'));
  await server.kill('SIGTERM');
  return tableOf(rows);
}

async function join(address: string, index: number): Promise<Owner> {
  const from = `198.51.100.${index + 1}`;
  return { from, accountIds: [], ...(await signUp(address, `held_${index}`, from)) };
}

async function openAccounts({ http, accountIds }: Owner): Promise<void> {
  for (let index = 0; index < ACCOUNTS_EACH; index += 1) {
    const body = { ...ACCOUNT, name: `Held ${index}` };
    accountIds.push((await http.demand<{ id: string }>({ method: 'POST', path: '/accounts', body })).id);
  }
}

async function startStrategies({ http, accountIds }: Owner): Promise<void> {
  for (let index = 0; index < STRATEGIES_EACH; index += 1) {
    const accountId = accountIds[index % accountIds.length];
    const instrument = INSTRUMENTS[index];
    const body = { accountId, name: `Held ${index}`, strategyType: 'ema_cross', instrument };
    const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/strategies', body });
    await http.demand({ method: 'POST', path: `/strategies/${id}/start` });
  }
}

async function openSockets(
  address: string,
  { token, from, accountIds, http }: Owner,
): Promise<readonly Listener[]> {
  const [accountId = ''] = accountIds;
  http.close();
  const listeners: Listener[] = [];
  for (let index = 0; index < SOCKETS_EACH; index += 1) {
    const settings = { name: `socket ${index} of ${accountId}`, address, from, token, readsQuotes: false };
    listeners.push(await Listener.open(settings, { accountId, instruments: INSTRUMENTS.slice(0, 10) }));
  }
  return listeners;
}

function tableOf(
  rows: readonly (readonly [string, number, Probed & { readonly processor: number }])[],
): string {
  const heapOf = ({ heapUsed, external }: Probed): number => heapUsed + external;
  const lines = rows.map(([what, more, probed], index) => {
    const before = rows[index - 1]?.[2] ?? probed;
    const each = more === 0 ? '' : ((heapOf(probed) - heapOf(before)) / more / KIB).toFixed(0);
    const eachRss = more === 0 ? '' : ((probed.rss - before.rss) / more / KIB).toFixed(0);
    const figures = [heapOf(probed) / MIB, probed.rss / MIB, probed.processor].map((value) =>
      value.toFixed(0),
    );
    return `| ${[what, ...figures, each, eachRss].join(' | ')} |`;
  });
  return [
    '| with | heap MiB | RSS MiB | CPU % | heap KiB each | RSS KiB each |',
    '|---|--:|--:|--:|--:|--:|',
    ...lines,
  ].join('\n');
}

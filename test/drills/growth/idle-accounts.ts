/** How the cost of reads, quotes and a start grows with accounts of one person that do nothing. */
import { ServerProcess } from '../../support/server-process.ts';
import { HttpClient, signUp } from '../http-client.ts';
import { say } from '../say.ts';
import { Processor } from './processor.ts';
import type { Costs } from './growth-table.ts';

const AT_ONCE = 8;
const READS = 40;
const PAGE = 20;
const ACCOUNT = { name: 'Idle', environment: 'paper', currency: 'USD', initialBalance: '10000' };
const ADDRESSES = { owner: '198.51.100.81', other: '198.51.100.82' };

/** Tokens of the person who has the accounts, and of another one. */
interface People {
  readonly owner: string;
  readonly other: string;
}

/** Measures with each of so many accounts, on a server that was started with them. */
export async function measureIdleAccounts(
  environment: Readonly<Record<string, string>>,
  sizes: readonly number[],
): Promise<readonly Costs[]> {
  const valuesByName = new Map<string, number[]>();
  let people: People | undefined;
  let count = 0;
  for (const size of sizes) {
    people = await openAccounts(environment, people, size - count);
    count = size;
    for (const [name, value] of await measure(environment, people))
      valuesByName.set(name, [...(valuesByName.get(name) ?? []), value]);
    say(`${size.toLocaleString('en')} idle accounts are measured.`);
  }
  return [...valuesByName].map(([name, values]) => ({ name, values }));
}

/** Opens so many more; the first time, both sign up. */
async function openAccounts(
  environment: Readonly<Record<string, string>>,
  known: People | undefined,
  more: number,
): Promise<People> {
  await using server = new ServerProcess(environment, []);
  const address = await server.ready;
  const people = known ?? {
    owner: (await signUp(address, 'idle_owner', ADDRESSES.owner)).token,
    other: (await signUp(address, 'idle_other', ADDRESSES.other)).token,
  };
  const http = new HttpClient(address, ADDRESSES.owner, people.owner);
  let begun = 0;
  const openSome = async (): Promise<void> => {
    for (begun += 1; begun <= more; begun += 1)
      await http.demand({ method: 'POST', path: '/accounts', body: ACCOUNT });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openSome));
  http.close();
  await server.kill('SIGTERM');
  return people;
}

async function measure(
  environment: Readonly<Record<string, string>>,
  people: People,
): Promise<readonly [string, number][]> {
  await using server = new ServerProcess(environment, []);
  const address = await server.ready;
  const processor = await Processor.of(server, environment['DATABASE_URL'] ?? '');
  const startMs = processor.serverMs;
  const owner = new HttpClient(address, ADDRESSES.owner, people.owner);
  const other = new HttpClient(address, ADDRESSES.other, people.other);
  const read = (http: HttpClient, path: string): Promise<number> =>
    processor.costOf(READS, () => http.demand({ method: 'GET', path }));
  const measured: readonly [string, number][] = [
    ['a start, to ready', startMs],
    ['a second of quotes', await processor.idle()],
    ["another person's /me", await read(other, '/me')],
    ["another person's /orders", await read(other, `/orders?limit=${PAGE}`)],
    ['/me', await read(owner, '/me')],
    ['/accounts', await read(owner, `/accounts?limit=${PAGE}`)],
    ['/orders', await read(owner, `/orders?limit=${PAGE}`)],
    ['/positions', await read(owner, `/positions?limit=${PAGE}`)],
    ['/trades', await read(owner, `/trades?limit=${PAGE}`)],
  ];
  for (const http of [owner, other]) http.close();
  await server.kill('SIGTERM');
  return measured;
}

/** Thousands of requests drawn from the API's description: no failure of the server, no answer that is not described. */

import { randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { hashPassword } from '../../src/people/password-hash.ts';
import { describedOperations } from '../support/requests/described-operations.ts';
import { requestsOf } from '../support/requests/drawn-requests.ts';
import { addOwner } from '../support/requests/owned-things.ts';
import { changedTables, tablePrinter } from '../support/requests/table-prints.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';
import type { DrawnRequest, Kind } from '../support/requests/drawn-requests.ts';
import type { Operation } from '../support/requests/described-operations.ts';
import type { OwnedThings } from '../support/requests/owned-things.ts';
import type { TablePrints } from '../support/requests/table-prints.ts';

/** Others are drawn with another seed: `FUZZ_SEED=7 npx vitest run test/http/fuzz.test.ts`. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_129);
const REQUESTS = 5_000;
/** So many at once, as many clients would. */
const BATCH = 11;
/** Each of these costs a hash of a password. */
const HASHED = 3;

const UNLIMITED = 1e9;
const context = useServer({
  rateLimits: {
    requestsOfPerson: UNLIMITED,
    requestsOfAddress: UNLIMITED,
    loginsOfAddress: UNLIMITED,
    registrationsOfAddress: UNLIMITED,
  },
});

/** A person whose things are asked for, a stranger's among them, and an administrator, with sessions that are open. */
interface World {
  readonly owner: OwnedThings;
  readonly stranger: OwnedThings;
  readonly administratorId: string;
  readonly ownerToken: string;
  readonly administratorToken: string;
}

async function openWorld(passwordHash: string): Promise<World> {
  const { server } = context;
  const owner = await addOwner(server);
  const stranger = await addOwner(server);
  const { id, token } = await server.addUser('admin');
  await server.database.updateTable('users').set({ password_hash: passwordHash }).execute();
  return { owner, stranger, administratorId: id, ownerToken: owner.user.token, administratorToken: token };
}

/** Returns the world with open sessions again when a request ended one, and with another owner when the account is gone. */
async function repaired(world: World, passwordHash: string): Promise<World> {
  const { server } = context;
  const { administratorId } = world;
  const ask = async (url: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await server.app.inject({ url: `/api/v1${url}`, headers })).statusCode;
  };
  const account = `/accounts/${world.owner.idsByKind.get('accounts')}`;
  const statuses = [
    await ask(account, world.ownerToken),
    await ask('/admin/settings', world.administratorToken),
  ];
  if (statuses.every((status) => status === 200)) return world;
  const owner = statuses[0] === 404 ? await addOwner(server) : world.owner;
  const open = async (id: string, role: 'trader' | 'admin') => {
    const person = { role, is_active: true, password_hash: passwordHash };
    await server.database.updateTable('users').set(person).where('id', '=', id).execute();
    return present(await server.sessions.open(id, {}, { passwordHash }), 'a session').token;
  };
  return {
    ...world,
    owner,
    ownerToken: await open(owner.user.id, 'trader'),
    administratorToken: await open(administratorId, 'admin'),
  };
}

/** Ids by the field or the first part of the path that takes them: the person's own, a stranger's, and one of nothing. */
function idsIn({ owner, stranger }: World) {
  const absent = randomUUIDv7();
  return (field: string): readonly string[] => {
    const kind = KINDS[field] ?? field;
    const [own = owner.user.id, foreign = stranger.user.id] = [owner, stranger].map(({ idsByKind }) =>
      idsByKind.get(kind),
    );
    return [own, own, own, foreign, absent];
  };
}

const KINDS: Readonly<Record<string, string>> = {
  accountId: 'accounts',
  strategyId: 'strategies',
  positionId: 'positions',
  seriesId: 'price-series',
};

let sent = 0;

/** Each comes from another address: the failures of one would be counted together, and refused. */
function nextAddress(): string {
  sent += 1;
  return `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`;
}

async function send({ name, isForAdmins }: Operation, request: DrawnRequest, world: World) {
  const isAnonymous = sent % 20 === 0 || name === 'login';
  const token = isForAdmins ? world.administratorToken : world.ownerToken;
  return context.server.app.inject({
    ...request,
    headers: { ...request.headers, ...(!isAnonymous && { authorization: `Bearer ${token}` }) },
    remoteAddress: nextAddress(),
  });
}

/** Says what is wrong with an answer, undefined when nothing is. */
function faultOf(operation: Operation, { url }: DrawnRequest, answer: Awaited<ReturnType<typeof send>>) {
  const { statusCode, body } = answer;
  if (statusCode >= 500 && !isState(answer)) return `${statusCode} ${body}`;
  // An address that cannot be read, or that is too long for any, is answered before its route is known.
  const isUnreadable =
    [400, 404].includes(statusCode) && body.includes('"instance":') && /%|.{120}/.test(url);
  const fault = isUnreadable ? undefined : operation.faultOf(answer);
  return fault && `${fault}: ${statusCode} ${body.slice(0, 500)}`;
}

/** Closing twice at once: the second finds an account that stops. And without a mail server no one is sent an e-mail. */
const STATES: readonly unknown[] = ['account-not-trading', 'mail-off'];

const isState = ({ statusCode, body }: { readonly statusCode: number; readonly body: string }) =>
  statusCode === 503 && STATES.includes(JSON.parse(body).code);

const takesPassword = ({ body }: Operation) =>
  JSON.stringify(body ?? {})
    .toLowerCase()
    .includes('password');
/** A wrong password is counted and recorded, and so is an order that risk denies. */
const TABLES_OF_FAILURES = ['events', 'sign_in_failures', 'users', 'orders'];

interface Batch {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly count: number;
}

/** Round after round of all operations, until there are enough requests. Hostile ones come first, while all is there that they ask for. */
function batches(operations: readonly Operation[]): readonly Batch[] {
  const planned: Batch[] = [];
  let requests = 0;
  for (let round = 0; requests < REQUESTS; round += 1)
    for (const operation of inOrder(operations)) {
      const count = takesPassword(operation) ? HASHED : BATCH;
      planned.push({ operation, kind: KINDS_BY_ROUND[round % KINDS_BY_ROUND.length] ?? 'right', count });
      requests += count;
    }
  return planned;
}

const KINDS_BY_ROUND: readonly Kind[] = ['hostile', 'nearly', 'right', 'hostile', 'nearly'];

/** What ends or removes things comes after what uses them. */
function inOrder(operations: readonly Operation[]): readonly Operation[] {
  const isLate = ({ name, method }: Operation) =>
    method === 'DELETE' || /^(kill|halt|logout|end|stop|change|unlock)/.test(name);
  return operations.toSorted((a, b) => Number(isLate(a)) - Number(isLate(b)));
}

const isChange = ({ method }: Operation, { statusCode }: { readonly statusCode: number }) =>
  method !== 'GET' && statusCode < 400;

/** Returns the smallest request that is answered as badly, or the one that was. */
async function smallest({ operation, kind, count }: Batch, seed: number, world: World): Promise<string> {
  const requests = requestsOf(operation, kind, idsIn(world));
  const result = await fc.check(
    fc.asyncProperty(requests, async (request) => {
      return faultOf(operation, request, await send(operation, request, world)) === undefined;
    }),
    { seed, numRuns: count },
  );
  return JSON.stringify(result.counterexample ?? 'none that fails alone');
}

it(`answers ${REQUESTS} requests as it describes, and changes nothing by what it refuses`, async () => {
  const { server } = context;
  const operations = describedOperations((await server.app.inject({ url: '/api/openapi.json' })).json());
  const print = await tablePrinter(server.orm);
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const passwordHash = await hashPassword(PASSWORD);
  let world: World | undefined;
  /** What the tables held after the batch before, if it changed nothing. */
  let known: TablePrints | undefined;
  let isChanged = false;
  let checked = 0;

  for (const [index, batch] of batches(operations).entries()) {
    const { operation, kind, count } = batch;
    const isNewRound = index % operations.length === 0;
    await server.supervisor.settled();
    if (isNewRound || !world || isChanged) {
      world = isNewRound || !world ? await openWorld(passwordHash) : await repaired(world, passwordHash);
      await server.supervisor.settled();
      known = undefined;
    }
    const open = world;
    const seed = SEED + index;
    const requests = fc.sample(requestsOf(operation, kind, idsIn(open)), { seed, numRuns: count });
    const before = kind === 'right' ? undefined : (known ?? (await print()));
    const answers = await Promise.all(requests.map((request) => send(operation, request, open)));
    const found = answers.flatMap((answer, at) => {
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      const request = requests[at];
      const fault = request && faultOf(operation, request, answer);
      return fault === undefined ? [] : [`${operation.name} ${JSON.stringify(request)} → ${fault}`];
    });
    if (found.length > 0) faults.push(`${found[0]}; smallest: ${await smallest(batch, seed, open)}`);
    isChanged = answers.some((answer) => isChange(operation, answer));
    known = before && !isChanged ? await print() : undefined;
    if (!before || !known) continue;
    checked += 1;
    const isRecorded = takesPassword(operation) || answers.some(({ statusCode }) => statusCode === 422);
    // The answer under a key is kept, whatever it is.
    const counted = ['idempotency_keys', ...(isRecorded ? TABLES_OF_FAILURES : [])];
    const changed = changedTables(before, known).filter((table) => !counted.includes(table));
    if (changed.length > 0) faults.push(`${operation.name} changed ${changed.join()} by refused requests`);
  }

  process.stdout.write(
    `${sent} requests with the seed ${SEED}: ${JSON.stringify([...statuses])}, ${checked} batches without a change\n`,
  );
  const failures = server.log.filter((line) => line.includes('"level":50'));
  expect({ faults: faults.slice(0, 20), failures: failures.slice(0, 20) }).toEqual({
    faults: [],
    failures: [],
  });
  expect(sent).toBeGreaterThanOrEqual(REQUESTS);
  expect(checked).toBeGreaterThan(200);
});

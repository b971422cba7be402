/** Whatever the line to the broker does, whenever the server dies: nothing is sent twice or lost, and what is to be ended ends. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checkAccount } from '../../src/trading/accounts/verify-account.ts';
import { crashAccount } from '../support/crashed-account.ts';
import { drawing, FaultyBroker } from '../support/faulty-broker.ts';
import { NOON, useServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { until } from '../support/until.ts';

/** `FAULT_RUNS=200 FAULT_SEED=1000` tries more, and others. */
const RUNS = Number(process.env['FAULT_RUNS'] ?? 12);
const SEED = Number(process.env['FAULT_SEED'] ?? 1);
const STEPS = 60;
/** Only an account that does not end takes so long. */
const ENDS_WITHIN_MS = 180_000;

const context = useServer();

interface Answer {
  readonly statusCode: number;
  readonly json: () => { id?: string; status?: string; detail?: string; items?: { id: string }[] };
}

/** One account and all that befalls it. */
async function befall(seed: number): Promise<void> {
  const { server } = context;
  const draw = drawing(seed);
  const broker = new FaultyBroker(NOON, draw);
  const { story } = broker;
  const chance = (probability: number): boolean => draw() < probability;
  const oneOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(draw() * list.length)];
  const user = await server.addUser();
  const ask = askerFor(server, user);
  broker.isFaulty = false;
  const accountId = randomUUID();
  const account = await server.stores.accounts.create({
    id: accountId,
    userId: user.id,
    name: 'Paper',
    currency: 'USD',
    hedging: true,
    initialBalance: 1_000_000_000,
    limits: {},
  });
  brokers.set(accountId, broker);
  await server.supervisor.adopt(account);
  broker.quote(110_000, 1_000);
  broker.isFaulty = true;
  let bid = 110_000;
  let isKilled = false;
  let isKillAsked = false;
  const answers: { id: string; key: string; body: object; path: string; answer: Answer }[] = [];
  const waiting: Promise<unknown>[] = [];

  const post = async (path: string, body: object, key: string = randomUUID()): Promise<void> => {
    const answer = (await ask('POST', path, body, { headers: { 'idempotency-key': key } })) as Answer;
    const { id = '' } = answer.json();
    answers.push({ id, key, body, path, answer });
    story.push(`answered ${answer.statusCode} ${JSON.stringify(answer.json()).slice(0, 150)}`);
  };
  const place = (): Promise<void> => {
    const isLimit = chance(0.5);
    const side = chance(0.5) ? 'buy' : 'sell';
    const price = ((bid + (side === 'buy' ? -1 : 1) * Math.floor(draw() * 60)) / 100_000).toFixed(5);
    const rest = isLimit ? { type: 'limit', price } : { type: 'market' };
    return post('/orders', { accountId, instrument: 'EUR_USD', side, units: 1_000, ...rest });
  };
  const items = async (path: string): Promise<{ id: string }[]> =>
    ((await ask('GET', path)) as Answer).json().items ?? [];
  const close = async (): Promise<void> => {
    const position = oneOf(await items(`/positions?accountId=${accountId}&open=true`));
    if (position) await post(`/positions/${position.id}/close`, chance(0.5) ? { units: 400 } : {});
  };
  const closeOut = (): Promise<void> =>
    post('/net-positions/EUR_USD/close', { accountId, side: chance(0.5) ? 'long' : 'short' });
  const protect = async (): Promise<void> => {
    const position = oneOf(await items(`/positions?accountId=${accountId}&open=true`));
    if (position) await ask('PATCH', `/positions/${position.id}`, { takeProfit: '1.20000' });
  };
  const cancel = async (): Promise<void> => {
    const order = oneOf(await items(`/orders?accountId=${accountId}&status=accepted&status=submitted`));
    if (order) await ask('DELETE', `/orders/${order.id}`);
  };
  const repeat = async (): Promise<void> => {
    const earlier = oneOf(answers);
    if (earlier) await post(earlier.path, earlier.body, earlier.key);
  };
  const command = async (name: string): Promise<number> => {
    // A person who resumes after a kill wants what comes then.
    if (name === 'kill') isKillAsked = true;
    story.push(name);
    const { statusCode } = (await ask('POST', `/accounts/${accountId}/${name}`)) as Answer;
    story.push(`${name} answered ${statusCode}`);
    if (name === 'kill' && statusCode === 200) isKilled = true;
    return statusCode;
  };
  const adopt = async (): Promise<void> => {
    // A start that cannot read the log is tried again every two seconds.
    while (server.supervisor.find(accountId) === undefined) {
      const stored = await server.stores.accounts.find(accountId);
      if (stored) await server.supervisor.adopt(stored);
    }
  };
  const restart = async (): Promise<void> => {
    story.push('stop');
    await server.supervisor.dismiss(accountId);
    story.push('start');
    await adopt();
  };
  /** From this moment on nothing that the running server does is written any more. */
  const crash = async (): Promise<void> => {
    story.push('crash');
    await crashAccount(server, accountId);
    story.push('start');
    await adopt();
  };

  for (let step = 0; step < STEPS; step += 1) {
    const pick = draw();
    const act = (): Promise<unknown> | undefined => {
      if (pick < 0.3) return place();
      if (pick < 0.36) return close();
      if (pick < 0.4) return closeOut();
      if (pick < 0.43) return protect();
      if (pick < 0.48) return cancel();
      if (pick < 0.54) return repeat();
      if (pick < 0.56) return command('halt');
      if (pick < 0.6 && !isKillAsked) return command('resume');
      if (pick < 0.64 && step > STEPS / 2) return command('kill');
      return undefined;
    };
    const acting = act();
    // Kill and resume in a known order: a person who resumes last wants the account to trade.
    if (pick >= 0.56 && pick < 0.6) await acting;
    if (acting) waiting.push(acting.catch((error: unknown) => story.push(`failed: ${String(error)}`)));
    if (pick > 0.95) await restart();
    else if (pick > 0.9) await crash();
    else if (pick > 0.85) broker.connection(chance(0.5));
    else if (pick > 0.64) {
      bid += Math.round((draw() - 0.5) * 60);
      broker.quote(bid, 1_000 + Math.floor(draw() * 30_000));
    }
    if (chance(0.6)) await sleep(draw() * 40);
  }
  await Promise.all(waiting);
  if (!isKilled && chance(0.5)) await command('kill');

  story.push('healed');
  broker.isFaulty = false;
  broker.connection(true);
  await until('what left has arrived', () => broker.onTheWay === 0);
  if (server.supervisor.find(accountId) === undefined) await adopt();
  const log = () => server.stores.projections.logOf(accountId);
  const submitted = () => server.stores.orders.inStatuses(accountId, ['submitted']);
  const openInBroker = (): number =>
    broker.exchange.ledger.openPositions.size + broker.exchange.ledger.openOrders.size;
  const explain = async () =>
    `seed ${seed}\n${story.join('\n')}\nopen: ${JSON.stringify([...broker.exchange.ledger.openOrders.values(), ...broker.exchange.ledger.openPositions.values()])}\nsubmitted: ${JSON.stringify(await submitted())}`;
  const deadline = performance.now() + ENDS_WITHIN_MS;
  const isDone = async (): Promise<boolean> => {
    const isEnded = !isKilled || openInBroker() === 0;
    return isEnded && (await submitted()).length === 0 && (await log()).length === broker.log.length;
  };
  // A request that is being recorded at this moment is no end.
  for (let looksDone = 0; looksDone < 3 && performance.now() < deadline;) {
    looksDone = (await isDone()) ? looksDone + 1 : 0;
    broker.quote(bid, 20_000);
    await sleep(50);
    if (server.supervisor.find(accountId) === undefined) await adopt();
  }
  await server.supervisor.settled();
  story.push(`done: ${await isDone()}`);

  for (const [id, times] of broker.arrivals) expect(times, `${id} arrived\n${await explain()}`).toBe(1);
  const unanswered = (await submitted()).map(({ id }) => id);
  expect(unanswered, await explain()).toEqual([]);
  // A cancel that was lost is sent again some time later, and the broker then writes more: what it had written by now is to be recorded.
  const written = broker.log.map(({ id }) => id);
  await until('what the broker wrote is recorded', async () => (await log()).length >= written.length);
  const recorded = (await log()).slice(0, written.length);
  expect(
    recorded.map(({ id }) => id),
    await explain(),
  ).toEqual(written);
  if (isKilled) expect(openInBroker(), await explain()).toBe(0);
  const report = await checkAccount(server.stores, accountId);
  expect(report.differences, await explain()).toEqual([]);
  const isIn = new Set(
    broker.log.flatMap((entry) =>
      entry.type === 'order-created' || entry.type === 'order-rejected' ? (entry.clientOrderId ?? []) : [],
    ),
  );
  const idsByKey = new Map<string, string>();
  for (const { id, key, answer } of answers) {
    if (answer.statusCode === 201 || answer.statusCode === 202) {
      const row = await server.stores.orders.find(id);
      expect(row, `${id} was answered ${answer.statusCode}\n${await explain()}`).toBeDefined();
      expect(idsByKey.get(key) ?? id, await explain()).toBe(id);
      idsByKey.set(key, id);
      const isReceived = row?.status !== 'rejected' && row?.status !== 'denied';
      if (isReceived) expect(isIn, `${id} is ${row?.status}\n${await explain()}`).toContain(id);
      if (answer.json().status === 'filled') expect(row?.status, await explain()).toBe('filled');
      if (answer.json().status === 'rejected') expect(row?.status, await explain()).toBe('rejected');
    } else {
      expect([400, 404, 409, 422, 503], `${answer.statusCode}\n${await explain()}`).toContain(
        answer.statusCode,
      );
    }
  }
  await server.supervisor.dismiss(accountId);
}

const brokers = new Map<string, FaultyBroker>();

it('nothing is sent twice or lost, and a killed account becomes flat', { timeout: 600_000 }, async () => {
  const { server } = context;
  server.wire.through = (broker, accountId) => brokers.get(accountId)?.open(broker) ?? broker;
  const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index);
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      try {
        await befall(seed);
      } catch (error) {
        failures.push(String(error instanceof Error ? error.message : error));
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  expect(failures).toEqual([]);
});

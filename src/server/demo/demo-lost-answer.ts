/** The demo's last part at a broker: the answer to an order is lost, and the books of both sides agree all the same. */

import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { assert } from '../../core/shared/assert.ts';
import { moneyOf } from './demo-client.ts';
import type { DemoClient } from './demo-client.ts';
import type { Stage } from './demo-story.ts';
import type { SimulatorConsole } from './simulator-console.ts';

/** An instrument that no strategy of the demo trades. */
const ORDER = { instrument: 'GBP_USD', type: 'market', side: 'buy', units: 1_000 } as const;
/** The broker's log shows a lost order within moments; the server gives it a minute. */
const WAIT_MS = 60_000;

const Order = Type.Object({ id: Type.String(), status: Type.String() });
const Account = Type.Object({ money: Type.Object({ balance: Type.String() }) });

export interface LostAnswer extends Stage {
  readonly client: DemoClient;
  readonly accountId: string;
  readonly broker: SimulatorConsole;
}

/** Shows that an order whose answer is lost is found in the broker's log, and that it was sent once. */
export async function showLostAnswer(demo: LostAnswer): Promise<void> {
  const { client, broker, print, signal } = demo;
  print('');
  print(`Now the answer to an order is lost: ${ORDER.side} ${ORDER.units} ${ORDER.instrument}.`);
  await broker.loseNextAnswer();
  const untilMs = Date.now() + WAIT_MS;
  const id = await place(demo, untilMs);
  if (id === undefined) return;
  for (let status = ''; status !== 'filled' && !signal.aborted; await sleep(100)) {
    status = (await client.call('GET', `/orders/${id}`, Order)).status;
    assert(Date.now() < untilMs, `the order ${id} is ${status} a minute after its answer was lost`);
  }
  if (signal.aborted) return;
  const created = await broker.creationsOf(id);
  assert(created.length === 1, `the broker has the order ${created.length} times`);
  print(
    `It is filled: the server found it in the broker's log, where it is once, as transaction ${created[0]}.`,
  );
  await compareBooks(demo);
}

/** Places the order and returns its id; undefined when the demo is stopped meanwhile. */
async function place(
  { client, accountId, signal }: LostAnswer,
  untilMs: number,
): Promise<string | undefined> {
  for (; !signal.aborted; await sleep(100)) {
    try {
      return (await client.call('POST', '/orders', Order, { json: { ...ORDER, accountId } })).id;
    } catch (error) {
      // The demo's market is so quick that on a busy machine the last price can be too old. Nothing was sent then.
      const waitsForPrice = error instanceof Error && error.message.includes('"code":"stale-quote"');
      if (!waitsForPrice || Date.now() > untilMs) throw error;
    }
  }
  return undefined;
}

async function compareBooks({ client, accountId, broker, print, signal }: LostAnswer): Promise<void> {
  const untilMs = Date.now() + WAIT_MS;
  for (; !signal.aborted; await sleep(100)) {
    const before = await broker.summary();
    const { money } = await client.call('GET', `/accounts/${accountId}`, Account);
    // Trading continues: a trade between the two answers is in one of them only.
    if (moneyOf(before.balance) === moneyOf(money.balance)) {
      print(
        `The broker's own books say the same: ${before.balance} USD after ${before.lastTransactionID} transactions.`,
      );
      return;
    }
    assert(Date.now() < untilMs, `the broker has ${before.balance} USD, the server ${money.balance}`);
  }
}

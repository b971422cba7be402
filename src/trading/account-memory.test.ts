import { describe, expect, it } from 'vitest';
import { tradingDayEnd } from '../core/domain/trading-calendar.ts';
import { TEN_O_CLOCK, TestAccount } from '../core/engine/testing/account.ts';
import { AccountMemory, IDLE_TURNS } from './account-memory.ts';
import type { AccountState } from './recording/state-statement.ts';

const RESTING = {
  instrument: 'EUR_USD',
  orderType: 'limit',
  side: 'buy',
  units: 1_000,
  price: 109_000,
  timeInForce: 'GTC',
} as const;

/** The memory of an account that has seen its opening, and how often it was saved. */
function remembered({ hasAny = false, accountId = '01a20254-8cd2-709d-970f-91bccfacea00' } = {}) {
  const account = new TestAccount();
  const saved: AccountState[] = [];
  const memory = new AccountMemory({
    owner: { accountId, epoch: 1 },
    engine: account.engine,
    broker: { saveState: () => null },
    loop: { quotedAt: undefined },
    strategies: { hasAny, memories: () => [] },
    states: { save: async ({ state }) => void saved.push(state) },
  });
  let now = 0;
  const turns = async (count: number): Promise<number> => {
    const before = saved.length;
    for (let turn = 0; turn < count; turn += 1) {
      account.quote((now += 1_000), 110_000);
      await memory.saveIfChanged();
    }
    return saved.length - before;
  };
  return { account, memory, saved, turns };
}

describe('the memory of an account', () => {
  it('that holds nothing is saved at first, and then once in many turns', async () => {
    const { turns } = remembered();

    expect(await turns(1)).toBe(1);
    expect(await turns(IDLE_TURNS - 1)).toBe(0);
    expect(await turns(1)).toBe(1);
    expect(await turns(10 * IDLE_TURNS)).toBe(10);
  });

  it('is saved at each turn while a strategy runs', async () => {
    const { turns } = remembered({ hasAny: true });

    expect(await turns(5)).toBe(5);
  });

  it('is saved at the next turn when something came into its log, and at each while it holds something', async () => {
    const { account, turns } = remembered();
    await turns(5);
    const deposit = account.log.transfer(10_000);

    account.show(deposit);
    expect(await turns(2)).toBe(1);

    account.show(account.log.accept({ id: 'order', terms: RESTING, decidedAt: TEN_O_CLOCK }));
    expect(await turns(3)).toBe(3);
  });

  it('is saved at the first turn of a trading day, from which losses count', async () => {
    const { account, memory, saved, turns } = remembered();
    await turns(5);
    const dayEnd = tradingDayEnd(TEN_O_CLOCK);

    account.quote(dayEnd - 1 - TEN_O_CLOCK, 110_000);
    await memory.saveIfChanged();
    expect(saved).toHaveLength(1);
    account.quote(dayEnd - TEN_O_CLOCK, 110_000);
    await memory.saveIfChanged();

    expect(saved).toHaveLength(2);
    expect(saved[1]?.marketAt).toBe(dayEnd);
  });

  it('that was saved before its start is not saved by all at once after it', async () => {
    const first = remembered();
    await first.turns(1);
    const [state] = first.saved;

    const counts = [];
    for (let account = 0; account < 16; account += 1) {
      const again = remembered({ accountId: `01a20254-8cd2-709d-970f-91bccfacea0${account.toString(16)}` });
      again.memory.restore(state, 0);
      let turn = 1;
      while ((await again.turns(1)) === 0) turn += 1;
      counts.push(turn);
    }

    expect(new Set(counts).size).toBe(16);
    expect(Math.max(...counts)).toBeLessThanOrEqual(IDLE_TURNS);
  });
});

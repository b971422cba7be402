/** Rules that close or protect by themselves, before a broker that refuses everything: they ask again, and do not flood it. */

import { expect, it } from 'vitest';
import { TestAccount } from './testing/account.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { OrderTerms } from '../domain/order.ts';

const DAY_S = 86_400;
const HOUR_S = 3_600;
const ELSEWHERE: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 100_000,
  timeInForce: 'FOK',
};

/** Requests in an hour with a price each second, which falls from 1.10200 after ten. */
function requestsOfAnHour(limits: RiskLimits, from = 0): readonly string[] {
  const account = new TestAccount({ limits });
  account.quote(0, 110_000);
  let effects = account.show(account.log.fillElsewhere(ELSEWHERE, 110_010));
  const types: string[] = [];
  for (let second = from + 1; second <= from + HOUR_S; second += 1) {
    const bid = second < from + 10 ? 110_200 : 109_950;
    const queue = [...effects, ...account.clock(second * 1_000), ...account.quote(second * 1_000, bid)];
    effects = [];
    for (let effect = queue.shift(); effect; effect = queue.shift()) {
      types.push(effect.type);
      if (effect.type !== 'close-position') continue;
      queue.push(...account.show(account.log.cancelClose(effect.request, 'account-locked')));
    }
  }
  return types;
}

it.each<[string, RiskLimits, number]>([
  [
    'the guard of the margin',
    { marginGuard: { closeoutPercent: 10_000, positions: 'close_largest_loss' } },
    0,
  ],
  ['a profit target', { profitTarget: { equity: 90_000_000, positions: 'close' } }, 0],
  ['a profit lock', { profitLock: { from: 1, keep: 0.5, positions: 'close' } }, 0],
  // From Tuesday to Friday.
  ['a weekend', { weekend: { minutesBefore: 1_380, entries: 'cancel', positions: 'close' } }, 3 * DAY_S],
])('%s asks for its close about once a minute', (_, limits, from) => {
  const closes = requestsOfAnHour(limits, from).filter((type) => type === 'close-position');

  expect(closes.length).toBeGreaterThan(55);
  expect(closes.length).toBeLessThan(65);
});

it('a stop that the account requires is asked for less and less often', () => {
  const types = requestsOfAnHour({ requireStopLoss: { distancePoints: 200 } });

  const changes = types.filter((type) => type === 'change-protection');
  expect(changes.length).toBeGreaterThan(5);
  expect(changes.length).toBeLessThan(15);
  expect(types.filter((type) => type === 'close-position')).toEqual([]);
});

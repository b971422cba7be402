/**
 * Charging for positions that are held when a trading day ends. Source: OANDA v20, DAILY_FINANCING at 17:00 New York: units × annual
 * rate × days / 365 in the base currency, by each instrument's rates and days.
 */

import { newYorkWeekday } from '../domain/trading-calendar.ts';
import { bookMoney, MONEY_SCALE } from '../domain/money.ts';
import type { FinancingTerms } from '../domain/instrument.ts';
import type { Position } from '../domain/position.ts';
import type { PositionCharge } from '../domain/transaction.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** What holding a lot brings for a day, in ten-thousandths that are not rounded yet. */
interface LotAmount {
  readonly position: Position;
  readonly amount: number;
}

/**
 * Writes what the open lots bring for the day that ends, at the middle prices of the last quotes in market hours. Where a price is
 * missing, which only a start without a saved state brings about, the day is charged once it has come.
 */
export function chargeFinancing(account: SimulatedAccount, dayEndsAt: number): void {
  if (account.options.costs.financing === false) return;
  const amounts = lotAmounts(account, dayEndsAt);
  if (amounts === undefined) account.unchargedDayEnds = [...account.unchargedDayEnds, dayEndsAt];
  else if (amounts.length > 0) writeCharge(account, amounts, dayEndsAt);
}

/** Charges the days that waited for prices; those that are still missing wait on. */
export function chargeUncharged(account: SimulatedAccount): void {
  const dayEnds = account.unchargedDayEnds;
  account.unchargedDayEnds = [];
  for (const dayEndsAt of dayEnds) chargeFinancing(account, dayEndsAt);
}

/** The lots by instrument and age, each with its part; undefined when one of them cannot be valued. */
function lotAmounts(account: SimulatedAccount, dayEndsAt: number): readonly LotAmount[] | undefined {
  const weekday = newYorkWeekday(dayEndsAt);
  const positions = [...account.ledger.openPositions.values()].sort(byInstrument);
  const amounts: LotAmount[] = [];
  for (const position of positions) {
    const instrument = account.value.instruments.named(position.instrument);
    const days = instrument.financing.daysCharged[weekday] ?? 0;
    const rate = rateOf(account, position, instrument.financing);
    const unitValue = account.value.unitValue(instrument, rate > 0);
    if (days === 0 || rate === 0) continue;
    if (unitValue === undefined) return undefined;
    amounts.push({ position, amount: (position.openUnits * unitValue * MONEY_SCALE * rate * days) / 365 });
  }
  return amounts;
}

function rateOf(account: SimulatedAccount, { side }: Position, terms: FinancingTerms): number {
  const { financing } = account.options.costs;
  const { longRate, shortRate } = typeof financing === 'object' ? financing : terms;
  return side === 'long' ? longRate : shortRate;
}

/**
 * The total is rounded once; each lot gets what the rounded sum grows by with it, so that the parts add up to it. One that comes to
 * nothing is written too: the log would not say that the day is over, and a restart would charge it again at a later price.
 */
function writeCharge(account: SimulatedAccount, amounts: readonly LotAmount[], dayEndsAt: number): void {
  const charges: PositionCharge[] = [];
  let sum = 0;
  let booked = 0;
  for (const { position, amount } of amounts) {
    sum += amount;
    const part = bookMoney(sum) - booked;
    booked += part;
    if (part !== 0) charges.push({ brokerPositionId: position.brokerPositionId, amount: part });
  }
  account.startBatch();
  const balance = account.ledger.balance + booked;
  account.write({ type: 'financing-charged', amount: booked, charges, balance }, dayEndsAt);
}

/** Ledgers list lots by age, and the order of equals stays. */
function byInstrument(a: Position, b: Position): number {
  if (a.instrument === b.instrument) return 0;
  return a.instrument < b.instrument ? -1 : 1;
}

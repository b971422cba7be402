/** Watching the margin: when the broker warns and when it closes everything, and how to know cheaply that it need not look. */

import { midPoints } from '../domain/quote.ts';
import { closeAll } from './margin-closeout.ts';
import { NO_PRICES } from './instrument-market.ts';
import type { MiddleValue } from '../domain/account-value.ts';
import type { Quote } from '../domain/quote.ts';
import type { InstrumentMarket, PriceRange } from './instrument-market.ts';
import type { SimulatedAccount } from './simulated-account.ts';

// However good the account stands, a move of this part of a price makes it look again.
const WIDEST_BAND = 0.05;

// A warning ends when equity is this part of the margin above it. OANDA does not publish when; a warning that came and went with
// every quote around the level would fill the log and call a person each time.
const CALL_ENDS_AT = 1.05;

/** What the account is worth at middle prices, and the margin it uses, in ten-thousandths. */
interface Standing extends MiddleValue {
  readonly isInvested: boolean;
  readonly equity: number;
  readonly marginUsed: number;
}

/**
 * Warns once margin used / equity at middle prices has reached 1 (OANDA's marginCallPercent), and closes everything once margin used /
 * (2 × that equity) has (its marginCloseoutPercent). Looks only where lots, money or a price changed enough to matter; on a
 * continuous move at its end.
 */
export function watchMargin(account: SimulatedAccount, market: InstrumentMarket, quote: Quote): void {
  if (!account.isMarginStale && market.isWithinMarginBand(quote)) return;
  const standing = standingOf(account);
  // After a restart some prices may not be known yet: no one is closed out on a guess.
  if (standing === undefined) return;
  if (standing.isInvested && closeoutReserve(standing) <= 0) {
    closeAll(account);
    followMarginCall(account, standingOf(account) ?? standing);
    return;
  }
  followMarginCall(account, standing);
  setMarginBands(account, safeMove(standing, account.ledger.isMarginCalled));
  account.isMarginStale = false;
}

/**
 * Looks at the margin at the newest prices, as the next quote would, and returns whether nothing is due near them. What is due there is left
 * to the next quote.
 */
export function foreseeMargin(account: SimulatedAccount): boolean {
  if (!account.isMarginStale) return true;
  const standing = standingOf(account);
  if (standing === undefined || (standing.isInvested && closeoutReserve(standing) <= 0)) return false;
  const { isMarginCalled } = account.ledger;
  if (isCallDue(standing, isMarginCalled) !== isMarginCalled) return false;
  setMarginBands(account, safeMove(standing, isMarginCalled));
  account.isMarginStale = false;
  return true;
}

/** Returns whether the account would keep what is open: the margin is not short, or nothing is open; undefined when a price is missing. */
export function isSafeFromCloseout(account: SimulatedAccount): boolean | undefined {
  const standing = standingOf(account);
  return standing && (!standing.isInvested || closeoutReserve(standing) > 0);
}

function standingOf({ ledger, value }: SimulatedAccount): Standing | undefined {
  const atMiddle = value.atMiddle();
  if (atMiddle === undefined) return undefined;
  return {
    ...atMiddle,
    isInvested: ledger.openPositions.size > 0,
    equity: ledger.balance + atMiddle.gains - atMiddle.losses,
    marginUsed: value.marginUsed(),
  };
}

/** Where it is 0, OANDA's marginCloseoutPercent is 1. */
function closeoutReserve({ equity, marginUsed }: Standing): number {
  return 2 * equity - marginUsed;
}

function followMarginCall(account: SimulatedAccount, standing: Standing): void {
  const { isMarginCalled } = account.ledger;
  if (isCallDue(standing, isMarginCalled) === isMarginCalled) return;
  account.startBatch();
  account.write({ type: 'margin-call-changed', state: isMarginCalled ? 'exited' : 'entered' });
}

function isCallDue({ isInvested, equity, marginUsed }: Standing, isMarginCalled: boolean): boolean {
  return isInvested && equity <= (isMarginCalled ? marginUsed * CALL_ENDS_AT : marginUsed);
}

/**
 * Returns the part by which every price may move, either way, before something can be due. A result in another currency
 * is a product of up to three prices: when each moves by a part p ≤ 0.05, twice the result moves by less than
 * p × (2.3 × gross + 4.5 × results) and the margin by less than p × 3.3 × margin; five times their sum covers that and
 * the markup.
 */
function safeMove(standing: Standing, isMarginCalled: boolean): number {
  const { isInvested, equity, gains, losses, gross, marginUsed } = standing;
  if (!isInvested) return Infinity;
  const untilCallChanges = isMarginCalled ? marginUsed * CALL_ENDS_AT - equity : equity - marginUsed;
  const reserve = Math.min(closeoutReserve(standing), untilCallChanges);
  return Math.min(WIDEST_BAND, reserve / (5 * (gross + gains + losses + marginUsed)));
}

/** Bands are all set from the same prices, because one price moving uses up what the others may move. */
function setMarginBands(account: SimulatedAccount, move: number): void {
  const each = moveOfEach(move, account.value.conversionGap());
  for (const [name, market] of account.marketsByName) {
    const quote = account.value.quoteOf(name);
    // The first price of an instrument may change how another is converted.
    market.setMarginBand(quote && each > 0 ? bandAround(midPoints(quote), each) : NO_PRICES);
  }
}

/**
 * Returns the part by which each price may move where a conversion rate may also change by `gap`, because another way becomes the freshest:
 * the largest p with (1 + p) × (1 + gap) ≤ 1 + move. Then (1 − p) / (1 + gap) ≥ 1 − move holds too.
 */
function moveOfEach(move: number, gap: number): number {
  return move === Infinity ? move : (move - gap) / (1 + gap);
}

function bandAround(mid: number, move: number): PriceRange {
  return { low: mid - move * mid, high: mid + move * mid };
}

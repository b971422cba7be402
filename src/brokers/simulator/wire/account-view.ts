/** An account as OANDA shows it. */

import { bookMoney } from '../../../core/domain/money.ts';
import { formatDecimal } from '../../../core/shared/decimal.ts';
import { PERCENT_PLACES } from '../../../core/domain/account-money.ts';
import { wireMoney, wireNumber, wirePercent } from './decimals.ts';
import { RATE_PLACES } from './account-transactions.ts';
import { orderView } from './order-view.ts';
import { positionView } from './position-view.ts';
import { WireTime } from './time.ts';
import { tradeSummary } from './trade-view.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

// What OANDA shows of an account that is worth nothing any more is not known; this is far beyond the closeout.
const HOPELESS_PERCENT = 99_999;

/** Returns the account with all that is open. */
export function accountView(account: SimulatorAccount): Fields {
  const { book } = account;
  const levels = account.trailingLevels();
  return {
    ...accountSummary(account),
    trades: [...book.ledger.openPositions.keys()].map((id) => tradeSummary(account, book.trade(id))),
    positions: [...book.positionsByInstrument.values()].map((position) => positionView(account, position)),
    orders: [...book.ledger.openOrders.keys()].map((id) => orderView(account, book.order(id), levels)),
  };
}

/** Returns the account without what is open. */
export function accountSummary(account: SimulatorAccount): Fields {
  const { spec, id, alias, book, instruments, log } = account;
  const { openPositions, openOrders, marginRate } = book.ledger;
  const leastRate = Math.min(...instruments.list.map((instrument) => instrument.marginRate));
  return {
    id: spec.id,
    alias,
    currency: spec.currency,
    createdByUserID: id.accountUserID,
    createdTime: log[0]?.time,
    guaranteedStopLossOrderMode: 'DISABLED',
    resettablePLTime: '0',
    marginRate: wireNumber(marginRate > 0 ? marginRate : leastRate, RATE_PLACES),
    openTradeCount: openPositions.size,
    openPositionCount: new Set([...openPositions.values()].map(({ instrument }) => instrument)).size,
    pendingOrderCount: openOrders.size,
    hedgingEnabled: spec.hedging,
    ...(account.lastFillAt !== undefined && { lastOrderFillTimestamp: new WireTime(account.lastFillAt) }),
    ...accumulatedState(account),
    ...priceState(account),
    lastTransactionID: String(account.lastTransactionId),
  };
}

/** Returns what every fill and charge adds to. */
export function accumulatedState({ book, marginCalledAt }: SimulatorAccount): Fields {
  const positions = [...book.positionsByInstrument.values()];
  const sum = (part: 'realizedPnl' | 'financing' | 'dividends'): string =>
    wireMoney(positions.reduce((total, { long, short }) => total + long[part] + short[part], 0));
  const pl = sum('realizedPnl');
  return {
    balance: wireMoney(book.ledger.balance),
    pl,
    resettablePL: pl,
    financing: sum('financing'),
    commission: wireMoney(positions.reduce((total, { commission }) => total + commission, 0)),
    dividendAdjustment: sum('dividends'),
    guaranteedExecutionFees: '0.0000',
    ...(book.ledger.isMarginCalled &&
      marginCalledAt !== undefined && {
        marginCallEnterTime: new WireTime(marginCalledAt),
        marginCallExtensionCount: 0,
      }),
  };
}

/** Returns what depends on prices. The closeout looks at middle prices, the rest at those at which one could close. */
export function priceState({ exchange, book }: SimulatorAccount): Fields {
  const { ledger } = book;
  const { value } = exchange;
  const { nav, unrealizedPnl, marginUsed, marginAvailable, marginCloseoutPercent } = exchange.snapshot();
  const { gains, losses, gross } = value.atMiddle() ?? { gains: 0, losses: 0, gross: 0 };
  const middleResult = bookMoney(gains - losses);
  const middleEquity = ledger.balance + middleResult;
  const used = wireMoney(marginUsed);
  return {
    unrealizedPL: wireMoney(unrealizedPnl),
    NAV: wireMoney(nav),
    marginUsed: used,
    marginAvailable: wireMoney(marginAvailable),
    positionValue: wireMoney(gross),
    marginCloseoutUnrealizedPL: wireMoney(middleResult),
    marginCloseoutNAV: wireMoney(middleEquity),
    marginCloseoutMarginUsed: used,
    marginCloseoutPercent:
      marginCloseoutPercent === undefined
        ? wirePercent(HOPELESS_PERCENT)
        : formatDecimal(marginCloseoutPercent, PERCENT_PLACES),
    marginCloseoutPositionValue: wireMoney(gross),
    withdrawalLimit: wireMoney(Math.max(0, Math.min(ledger.balance, marginAvailable))),
    marginCallMarginUsed: used,
    marginCallPercent: wirePercent(middleEquity > 0 ? marginUsed / middleEquity : HOPELESS_PERCENT),
  };
}

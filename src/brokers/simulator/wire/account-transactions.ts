/** Transactions of the account itself: its making, money, settings, financing and margin. */

import { assert } from '../../../core/shared/assert.ts';
import { formatDecimal } from '../../../core/shared/decimal.ts';
import { wireMoney, wireNumber } from './decimals.ts';
import type {
  AccountConfigured,
  AccountOpened,
  CancelRejected,
  ClosureDelayed,
  DividendAdjusted,
  FinancingCharged,
  FundsTransferred,
  MarginCallChanged,
  OtherTransaction,
  PositionCharge,
} from '../../../core/domain/transaction.ts';
import type { TransferReason } from '../../../core/domain/transaction-reasons.ts';
import type { Fields } from '../v20-error.ts';
import type { Translation } from './translation.ts';

/** Digits of a margin rate: as many as are needed. */
export const RATE_PLACES = 6;

const FUNDING_REASONS: Readonly<Record<TransferReason, string>> = {
  client: 'CLIENT_FUNDING',
  'account-transfer': 'ACCOUNT_TRANSFER',
  migration: 'DIVISION_MIGRATION',
  adjustment: 'ADJUSTMENT',
};

const MARGIN_CALL_TYPES: Readonly<Record<MarginCallChanged['state'], string>> = {
  entered: 'MARGIN_CALL_ENTER',
  extended: 'MARGIN_CALL_EXTEND',
  exited: 'MARGIN_CALL_EXIT',
};

export function translateOpened({ accountId, currency }: Translation<AccountOpened>): Fields {
  return { type: 'CREATE', ...accountId, homeCurrency: currency };
}

/** The amount of a transfer has ten digits after the point. */
export function translateTransfer({
  transaction: { amount, balance, reason = 'client' },
}: Translation<FundsTransferred>): Fields {
  return {
    type: 'TRANSFER_FUNDS',
    amount: `${formatDecimal(amount, 4)}000000`,
    fundingReason: FUNDING_REASONS[reason],
    accountBalance: wireMoney(balance),
  };
}

export function translateConfigured({
  transaction: { marginRate },
  context,
}: Translation<AccountConfigured>): Fields {
  return {
    type: 'CLIENT_CONFIGURE',
    ...(marginRate !== undefined && { marginRate: wireNumber(marginRate, RATE_PLACES) }),
    ...context?.fields,
  };
}

export function translateCharge({
  transaction: { type, amount, charges, balance },
  book,
}: Translation<FinancingCharged | DividendAdjusted>): Fields {
  const instruments = [
    ...new Set(charges.map(({ brokerPositionId }) => book.trade(brokerPositionId).position.instrument)),
  ];
  const part = type === 'financing-charged' ? 'financing' : 'dividendAdjustment';
  const ofInstrument = (name: string): readonly PositionCharge[] =>
    charges.filter(({ brokerPositionId }) => book.trade(brokerPositionId).position.instrument === name);
  return {
    type: type === 'financing-charged' ? 'DAILY_FINANCING' : 'DIVIDEND_ADJUSTMENT',
    [part]: wireMoney(amount),
    accountBalance: wireMoney(balance),
    accountFinancingMode: 'DAILY',
    positionFinancings: instruments.map((instrument) => ({
      instrument,
      [part]: wireMoney(ofInstrument(instrument).reduce((sum, charge) => sum + charge.amount, 0)),
      openTradeFinancings: ofInstrument(instrument).map((charge) => ({
        tradeID: String(charge.brokerPositionId),
        [part]: wireMoney(charge.amount),
      })),
    })),
  };
}

export function translateMarginCall({ transaction: { state } }: Translation<MarginCallChanged>): Fields {
  return { type: MARGIN_CALL_TYPES[state] };
}

export function translateDelay({ transaction: { brokerPositionIds } }: Translation<ClosureDelayed>): Fields {
  return {
    type: 'DELAYED_TRADE_CLOSURE',
    reason: 'MARGIN_CLOSEOUT',
    tradeIDs: brokerPositionIds.map(String),
  };
}

/** What the exchange only counts stands in the request. */
export function translateCounted({ context }: Translation<OtherTransaction | CancelRejected>): Fields {
  assert(context?.fields !== undefined, 'the request that made this transaction says what it is');
  return context.fields;
}

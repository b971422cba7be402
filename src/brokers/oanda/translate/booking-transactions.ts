/** The transactions that book money without a fill. */

import Type from 'typebox';
import { transferReason } from './reasons.ts';
import { reader } from './unreadable.ts';
import { Decimal, Id, idOf, maybe, moneyOf } from './wire-values.ts';
import type {
  DividendAdjusted,
  FinancingCharged,
  FundsTransferred,
  PositionCharge,
  TransactionHead,
} from '../../../core/domain/transaction.ts';

const readTransfer = reader(
  Type.Object({ amount: Decimal, fundingReason: maybe(Type.String()), accountBalance: Decimal }),
);

const readFinancing = reader(
  Type.Object({
    financing: Decimal,
    accountBalance: Decimal,
    positionFinancings: maybe(
      Type.Array(
        Type.Object({
          openTradeFinancings: maybe(Type.Array(Type.Object({ tradeID: Id, financing: maybe(Decimal) }))),
        }),
      ),
    ),
  }),
);

const readDividend = reader(
  Type.Object({
    dividendAdjustment: Decimal,
    accountBalance: Decimal,
    openTradeDividendAdjustments: maybe(
      Type.Array(Type.Object({ tradeID: Id, dividendAdjustment: maybe(Decimal) })),
    ),
  }),
);

/** TRANSFER_FUNDS. */
export function transferTransaction(raw: unknown, head: TransactionHead): FundsTransferred {
  const { amount, fundingReason, accountBalance } = readTransfer(raw, `TRANSFER_FUNDS ${head.id}`);
  return {
    ...head,
    type: 'funds-transferred',
    amount: moneyOf(amount),
    balance: moneyOf(accountBalance),
    reason: transferReason(fundingReason),
  };
}

/** DAILY_FINANCING. */
export function financingTransaction(raw: unknown, head: TransactionHead): FinancingCharged {
  const financing = readFinancing(raw, `DAILY_FINANCING ${head.id}`);
  const trades = (financing.positionFinancings ?? []).flatMap(
    ({ openTradeFinancings }) => openTradeFinancings ?? [],
  );
  return {
    ...head,
    type: 'financing-charged',
    amount: moneyOf(financing.financing),
    charges: trades.map((trade): PositionCharge => charge(trade.tradeID, trade.financing)),
    balance: moneyOf(financing.accountBalance),
  };
}

/** DIVIDEND_ADJUSTMENT. */
export function dividendTransaction(raw: unknown, head: TransactionHead): DividendAdjusted {
  const dividend = readDividend(raw, `DIVIDEND_ADJUSTMENT ${head.id}`);
  return {
    ...head,
    type: 'dividend-adjusted',
    amount: moneyOf(dividend.dividendAdjustment),
    charges: (dividend.openTradeDividendAdjustments ?? []).map((trade) =>
      charge(trade.tradeID, trade.dividendAdjustment),
    ),
    balance: moneyOf(dividend.accountBalance),
  };
}

function charge(tradeId: string | number, amount: string | number | null | undefined): PositionCharge {
  return { brokerPositionId: idOf(tradeId), amount: moneyOf(amount) };
}

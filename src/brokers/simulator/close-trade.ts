/** Closes (a part of) a trade with a market order. */

import { assert } from '../../core/shared/assert.ts';
import { closingSide } from '../../core/domain/position.ts';
import { isRejection, outcomeOf, rejectionAnswer, writtenFields } from './answers.ts';
import { closeTrade } from './order-desk.ts';
import { tradeNames } from './order-extensions.ts';
import { BodyReader } from './requests/body-reader.ts';
import { readClosingUnits } from './requests/read-closing.ts';
import { Rejection } from './requests/rejection.ts';
import { wireUnits } from './wire/decimals.ts';
import type { TradeRecord } from './account-records.ts';
import type { Moment } from './order-desk.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** The order that closes, and the body of the answer. */
export interface ClosedTrade {
  readonly orderId: string;
  readonly answer: Fields;
}

/** Closes what the body asks for of the open trade under a specifier; throws the answer to a request that is rejected. */
export function closeRequestedTrade(
  account: SimulatorAccount,
  moment: Moment,
  specifier: string,
  body: unknown,
): ClosedTrade {
  const trade = account.book.openTrade(specifier);
  const rejection = new Rejection();
  if (!trade) rejection.add('TRADE_DOESNT_EXIST');
  const units = readUnitsToClose(account, trade, body, rejection);
  const names = tradeNames(trade, specifier);
  const tradeClose = { tradeID: '', ...names, units: units === 'ALL' ? units : wireUnits(units) };
  const rejectFields = {
    type: 'MARKET_ORDER_REJECT',
    ...(trade && orderedUnits(trade, units)),
    timeInForce: 'FOK',
    positionFill: 'REDUCE_ONLY',
    reason: 'TRADE_CLOSE',
    tradeClose,
  };
  const written =
    trade && rejection.reason === undefined
      ? closeTrade(account, moment, {
          tradeId: trade.position.brokerPositionId,
          units: units === 'ALL' ? undefined : units,
          details: { tradeClose },
          rejectFields,
        })
      : [account.note(moment.requestId, moment.now, { ...rejectFields, rejectReason: rejection.reason })];
  return closedTrade(account, written);
}

function readUnitsToClose(
  { instruments }: SimulatorAccount,
  trade: TradeRecord | undefined,
  body: unknown,
  rejection: Rejection,
): 'ALL' | number {
  const reader = BodyReader.of(body ?? {});
  const instrument = trade && instruments.named(trade.position.instrument);
  const units = readClosingUnits(reader, 'units', { instrument, rejection }) ?? 'ALL';
  if (units === 'NONE') throw reader.invalid('units');
  return units;
}

function orderedUnits({ position }: TradeRecord, units: 'ALL' | number): Fields {
  const { instrument, side, openUnits } = position;
  return { instrument, units: wireUnits(units === 'ALL' ? openUnits : units, closingSide(side)) };
}

function closedTrade(account: SimulatorAccount, written: readonly WireTransaction[]): ClosedTrade {
  const [created] = written;
  assert(created !== undefined, 'a request to close is answered in the log');
  if (isRejection(created)) throw rejectionAnswer(account, { orderRejectTransaction: created });
  const { fill, cancel } = outcomeOf(written, created.id);
  return {
    orderId: created.id,
    answer: {
      orderCreateTransaction: created,
      ...(fill && { orderFillTransaction: fill }),
      ...(cancel && { orderCancelTransaction: cancel }),
      ...writtenFields(account, written),
    },
  };
}

/** Closes what is open of an instrument, on one side or both, with a market order for each side. */

import { outcomeOf, rejectionAnswer, writtenFields } from './answers.ts';
import { submitOrder } from './order-desk.ts';
import { BodyReader } from './requests/body-reader.ts';
import { readClosingUnits } from './requests/read-closing.ts';
import { readExtensions } from './requests/read-extensions.ts';
import { Rejection } from './requests/rejection.ts';
import { wireUnits } from './wire/decimals.ts';
import { closingSide } from '../../core/domain/position.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { PositionSide } from '../../core/domain/position.ts';
import type { Moment } from './order-desk.ts';
import type { ReadOrder } from './requests/read-order.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';
import type { WireTransaction } from './wire/translation.ts';

/** A side that is to be closed; `isNamed` when the request names it, so that it must be there. */
interface SideClosing {
  readonly side: PositionSide;
  readonly order: ReadOrder;
  readonly isNamed: boolean;
  readonly openUnits: number;
}

const SIDES = ['long', 'short'] as const;

/** Returns the body of the answer; throws that of a rejection. Nothing is closed when a side of the request makes no sense. */
export function closePosition(
  account: SimulatorAccount,
  moment: Moment,
  instrument: Instrument,
  body: unknown,
): Fields {
  const reader = BodyReader.of(body ?? {});
  const sides = SIDES.flatMap((side) => readSide(account, instrument, side, reader) ?? []);
  const isFlat = sides.every(({ openUnits }) => openUnits === 0);
  // A side that is not named is closed if it is there; when none is named and nothing is open, both are missing.
  const present = sides.filter(({ isNamed, openUnits }) => isNamed || openUnits > 0);
  const wanted = present.length > 0 ? present : sides;
  const rejected = wanted.filter(({ order }) => order.reason !== undefined);
  if (wanted.length === 0) throw rejectionAnswer(account, rejectNone(account, moment, instrument));
  if (rejected.length > 0) {
    const named = rejected.map(({ side, order }) => [
      `${side}OrderRejectTransaction`,
      submitOrder(account, moment, order)[0],
    ]);
    const isMissing = rejected.every(({ order }) => order.reason === 'CLOSEOUT_POSITION_DOESNT_EXIST');
    const transactions = Object.fromEntries(named) as Record<string, WireTransaction>;
    throw rejectionAnswer(account, transactions, isMissing && isFlat ? 404 : 400);
  }
  const written = wanted.map(({ side, order }) => ({ side, written: submitOrder(account, moment, order) }));
  return {
    ...(Object.fromEntries(written.flatMap((part) => namedTransactions(part.side, part.written))) as Fields),
    ...writtenFields(
      account,
      written.flatMap((part) => part.written),
    ),
  };
}

/** Undefined when the side is to stay. */
function readSide(
  { exchange }: SimulatorAccount,
  instrument: Instrument,
  side: PositionSide,
  reader: BodyReader,
): SideClosing | undefined {
  const rejection = new Rejection();
  const given = readClosingUnits(reader, `${side}Units`, { instrument, rejection });
  const clientExtensions = readExtensions(reader, `${side}ClientExtensions`, 'CLIENT_ORDER', rejection);
  if (given === 'NONE') return undefined;
  const openUnits = exchange.value.openUnits(instrument.name)[side];
  if (openUnits === 0) rejection.add('CLOSEOUT_POSITION_DOESNT_EXIST');
  const units = given === undefined || given === 'ALL' ? openUnits : given;
  rejection.unless(units <= openUnits, 'CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE');
  const orderSide = closingSide(side);
  const closing = {
    [`${side}PositionCloseout`]: {
      instrument: instrument.name,
      units: typeof given === 'number' ? wireUnits(given) : 'ALL',
    },
    ...(clientExtensions && { clientExtensions }),
  };
  return {
    side,
    isNamed: given !== undefined,
    openUnits,
    order: {
      terms: {
        instrument: instrument.name,
        orderType: 'market',
        side: orderSide,
        units,
        timeInForce: 'FOK',
        positionFill: 'REDUCE_ONLY',
      },
      details: closing,
      reason: rejection.reason,
      rejectFields: { ...rejectFields(instrument), units: wireUnits(units, orderSide), ...closing },
    },
  };
}

function rejectFields({ name }: Instrument): Fields & { readonly type: string } {
  return {
    type: 'MARKET_ORDER_REJECT',
    instrument: name,
    timeInForce: 'FOK',
    positionFill: 'REDUCE_ONLY',
    reason: 'POSITION_CLOSEOUT',
  };
}

/** Both sides were to stay as they are: that is no request. */
function rejectNone(
  account: SimulatorAccount,
  { requestId, now }: Moment,
  instrument: Instrument,
): Readonly<Record<string, WireTransaction>> {
  const rejectReason = 'CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION';
  return {
    longOrderRejectTransaction: account.note(requestId, now, { ...rejectFields(instrument), rejectReason }),
  };
}

function namedTransactions(
  side: PositionSide,
  written: readonly WireTransaction[],
): readonly (readonly [string, WireTransaction])[] {
  const [created] = written;
  const { fill, cancel } = outcomeOf(written, created?.id);
  const named = { Create: created, Fill: fill, Cancel: cancel };
  return Object.entries(named).flatMap(([verb, transaction]) =>
    transaction ? [[`${side}Order${verb}Transaction`, transaction] as const] : [],
  );
}

/** Requests to the broker, from strategies and persons alike: judged first, then in flight and out as an effect. */

import { unitsNumber } from '../domain/denial.ts';
import { isCloseOut, isProtective, isReplacementFor } from '../domain/order.ts';
import { closingSide } from '../domain/position.ts';
import { sumUnits } from '../domain/units.ts';
import { judgeFifoClose, judgeFifoEntry, judgeFifoProtection } from './fifo.ts';
import { isRestingEntry } from './portfolio.ts';
import { judgeClose, judgeCloseOut, judgeOrder, judgeProtection, judgeProtective } from './risk-gate.ts';
import { withLease } from './wanted-lease.ts';
import type { Denial } from '../domain/denial.ts';
import type {
  CloseOutRequest,
  CloseRequest,
  OrderRequest,
  OrderTerms,
  ProtectionRequest,
} from '../domain/order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { Position } from '../domain/position.ts';
import type { EngineState } from './engine-state.ts';
import type { CloseOutFacts, PositionMarket } from './risk-gate.ts';

/** A close that failed is asked for again by a quote a minute later: soon enough to end a position, too late to flood a log. */
export const CLOSE_RETRY_MS = 60_000;

/** Why an order of a group that has ended is denied. */
export const GROUP_IS_FILLED: Denial = { code: 'oco-group-filled', field: 'ocoGroup' };

/** Sends an order, or returns why it is denied. One that replaces a strategy's, or protects its position, is the strategy's. */
export function submitOrder(state: EngineState, asked: OrderRequest): Denial | undefined {
  const { openOrders, openPositions } = state.portfolio.ledger;
  const { terms, replaces, protects } = asked;
  const replaced = replaces === undefined ? undefined : openOrders.get(replaces);
  const position = protects === undefined ? undefined : openPositions.get(protects);
  const strategyId = asked.strategyId ?? replaced?.strategyId ?? position?.strategyId;
  const denial =
    (replaces === undefined ? undefined : judgeReplacement(terms, replaced)) ??
    judge(state, asked, position) ??
    (isProtective(terms)
      ? judgeFifoProtection(state, position, { stopLoss: 0 })
      : judgeFifoEntry(state, terms)) ??
    (state.groups.isFilled({ strategyId, terms }) ? GROUP_IS_FILLED : undefined);
  if (denial !== undefined) return denial;
  const request = {
    ...asked,
    strategyId,
    // What protects a position protects all that is left of it.
    terms: position ? { ...terms, units: position.openUnits } : withLease(state, terms),
  };
  state.pace.note(request);
  state.inFlight.add(request);
  state.emit({ type: 'submit-order', request });
  return undefined;
}

/** Returns why an order is denied, but for what it replaces and the group that it is in. `position` is the one that it protects. */
export function judge(
  state: EngineState,
  { terms, replaces }: Pick<OrderRequest, 'terms' | 'replaces'>,
  position: Position | undefined,
): Denial | undefined {
  if (!isProtective(terms))
    return (
      judgeOrder(terms, state, replaces) ??
      (isCloseOut(terms) ? judgeCloseOut(terms, closeOutFacts(state, terms)) : undefined)
    );
  const orders = [...state.portfolio.ledger.openOrders.values()];
  const protection = orders.filter(({ brokerPositionId }) => brokerPositionId === position?.brokerPositionId);
  return judgeProtective({ terms, replaces }, { position, protection, ...marketOf(position, state) });
}

/** The order that is replaced must rest, and stays what it is: one of the same instrument, type and side. */
function judgeReplacement(terms: OrderTerms, replaced: LedgerOrder | undefined): Denial | undefined {
  if (!replaced || !(isRestingEntry(replaced) || isProtective(replaced.terms)))
    return { code: 'order-unknown' };
  return isReplacementFor(terms, replaced.terms) ? undefined : { code: 'replacement-invalid' };
}

/** Closes the net position of an instrument, or units of it: one market order that only reduces, the oldest lots first. */
export function closeOut(state: EngineState, request: CloseOutRequest): Denial | undefined {
  const { id, instrument, units, decidedAt } = request;
  if (!state.instrument(instrument)) return { code: 'instrument-unknown', field: 'instrument' };
  const { long, short } = state.portfolio.value.openUnits(instrument);
  if (request.side === undefined && long > 0 && short > 0)
    return {
      code: 'position-side-missing',
      field: 'side',
      numbers: { long: unitsNumber(long), short: unitsNumber(short) },
    };
  const side = request.side ?? (long > 0 ? 'long' : 'short');
  const open = side === 'long' ? long : short;
  if (open === 0) return { code: 'position-unknown', field: 'instrument' };
  const terms: OrderTerms = {
    instrument,
    orderType: 'market',
    side: closingSide(side),
    units: units ?? open,
    timeInForce: 'FOK',
    positionFill: 'REDUCE_ONLY',
  };
  return submitOrder(state, { id, terms, decidedAt });
}

/** Returns what is open on the side that a close-out closes. */
export function closeOutFacts(state: EngineState, { instrument, side }: OrderTerms): CloseOutFacts {
  const lots = [...state.portfolio.ledger.openPositions.values()].filter(
    (lot) => lot.instrument === instrument && closingSide(lot.side) === side,
  );
  return {
    openUnits: sumUnits(lots.map(({ openUnits }) => openUnits)),
    isBeingClosed: lots.some(({ brokerPositionId }) => state.isClosing(brokerPositionId)),
  };
}

/** Sends a close, or returns why it is denied. */
export function closePosition(state: EngineState, request: CloseRequest): Denial | undefined {
  const position = state.portfolio.ledger.openPositions.get(request.brokerPositionId);
  const denial =
    judgeClose(position, request.units, {
      instrument: position && state.instrument(position.instrument),
      isBeingClosed: state.isClosing(request.brokerPositionId),
    }) ?? judgeFifoClose(state, position);
  if (denial !== undefined) return denial;
  state.inFlight.add(request);
  state.emit({ type: 'close-position', request });
  return undefined;
}

/**
 * Asks for another protection, or returns why it is denied. It has no id and is not in flight: it adds no exposure, what
 * comes after it need not wait for it, and the log shows in any case what protects the position.
 */
export function changeProtection(state: EngineState, request: ProtectionRequest): Denial | undefined {
  const position = state.portfolio.ledger.openPositions.get(request.brokerPositionId);
  const denial =
    judgeProtection(position, request, marketOf(position, state)) ??
    judgeFifoProtection(state, position, request);
  if (denial !== undefined) return denial;
  // A trailing stop that is set again starts from the present price: with the distance that it has already, that can only loosen it.
  const isSame = request.trailingDistance != null && request.trailingDistance === position?.trailingDistance;
  const changed = isSame ? { ...request, trailingDistance: undefined } : request;
  state.wantedProtection.noteChange(changed, state.at);
  state.emit({ type: 'change-protection', request: changed });
  return undefined;
}

function marketOf(position: Position | undefined, state: EngineState): PositionMarket {
  if (!position) return { instrument: undefined, quote: undefined };
  const { instrument: name } = position;
  const isFresh = state.quoteAgeMs(name) <= state.maximumQuoteAgeMs;
  return { instrument: state.instrument(name), quote: isFresh ? state.quoteOf(name) : undefined };
}

/** Asks to cancel the order with this client order id or, for one without, this broker number as text. */
export function cancelOrder(state: EngineState, orderId: string): Denial | undefined {
  for (const order of state.portfolio.ledger.openOrders.values()) {
    if ((order.clientOrderId ?? String(order.orderId)) !== orderId) continue;
    emitCancel(state, order);
    return undefined;
  }
  return { code: 'order-unknown' };
}

/** Asks the broker to cancel an order that is open in its log. */
export function emitCancel(state: EngineState, order: LedgerOrder): void {
  state.emit({ type: 'cancel-order', brokerOrderId: order.orderId, decidedAt: state.at });
}

/**
 * Closes the whole position on behalf of anyone who stops a strategy or kills the account. Another close of it may be in flight with an
 * unknown outcome: all units of a position by its number can be closed only once, whichever of the two arrives first.
 */
export function closeWholePosition(state: EngineState, brokerPositionId: number): void {
  const request = { id: state.newId(), brokerPositionId, decidedAt: state.at };
  state.inFlight.add(request);
  state.emit({ type: 'close-position', request });
}

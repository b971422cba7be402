/** What a new entry would make of the account, with all that rests and is in flight. */

import { exposureOf, fillUnits, marginNeed } from '../domain/exposure.ts';
import { isCloseOut, mayOpen } from '../domain/order.ts';
import { openingSide } from '../domain/position.ts';
import type { OpenUnits } from '../domain/account-value.ts';
import type { FilledUnits } from '../domain/exposure.ts';
import type { OrderSide, OrderTerms } from '../domain/order.ts';
import type { InFlight } from './in-flight.ts';
import type { Portfolio } from './portfolio.ts';
import type { Growth } from './risk-rules.ts';

/** What the account has, what is on its way, and what kind of account it is. */
export interface EntryFacts {
  readonly portfolio: Portfolio;
  readonly inFlight: InFlight;
  readonly hedging: boolean;
}

/**
 * Returns the most units that the entry orders of the instrument can lead to, without this order and with it. It may take the place
 * of a resting one: never both can fill. One whose replacement is still on its way counts beside it.
 */
export function exposureWith(terms: OrderTerms, facts: EntryFacts, replaces?: number): Growth {
  const { instrument, side } = terms;
  const entriesBut = (left?: number) =>
    openEntries(facts, left).filter((entry) => entry.instrument === instrument);
  const open = unitsThatStay(instrument, side, facts);
  const kind = { side, hedging: facts.hedging };
  return {
    before: exposureOf(open, entriesBut(), kind),
    after: exposureOf(open, [...entriesBut(replaces), terms], kind),
  };
}

/**
 * Returns what filling the order takes of the free margin; undefined when a price is missing. Orders in flight count, because they
 * may fill at any moment; resting ones do not: the broker binds no margin for them.
 */
export function marginNeedWith(
  terms: OrderTerms,
  { portfolio, inFlight, hedging }: EntryFacts,
): number | undefined {
  let open = portfolio.value.openUnits(terms.instrument);
  let openedUnits = 0;
  let needOfOthers = 0;
  for (const { terms: entry } of inFlight.orders()) {
    if (!mayOpen(entry)) continue;
    if (entry.instrument !== terms.instrument) needOfOthers += needOf(entry, portfolio) ?? 0;
    else if (hedging || entry.side === terms.side) {
      const filled = fillUnits(open, entry, hedging);
      open = filled.open;
      openedUnits += filled.openedUnits;
    }
  }
  const filled = fillUnits(open, terms, hedging);
  openedUnits += filled.openedUnits;
  const need = needAtSpread(terms.instrument, { open: filled.open, openedUnits }, portfolio);
  if (need === undefined) return undefined;
  return filled.openedUnits === 0 || need <= 0 ? 0 : need + needOfOthers;
}

/** The entry orders that may still fill: those in flight, and those that rest, but for one. One that is both counts once. */
function openEntries({ portfolio, inFlight }: EntryFacts, left?: number): readonly OrderTerms[] {
  const resting = portfolio
    .restingEntries()
    .filter(({ orderId }) => orderId !== left)
    .filter(({ clientOrderId }) => clientOrderId === undefined || !inFlight.hasOrder(clientOrderId));
  return [...inFlight.orders(), ...resting].map(({ terms }) => terms).filter(mayOpen);
}

/** What is open of an instrument less what is being closed on the other side: by the time of the fill it may be gone. */
function unitsThatStay(
  instrumentName: string,
  side: OrderSide,
  { portfolio: { value, ledger }, inFlight, hedging }: EntryFacts,
): OpenUnits {
  const { long, short } = value.openUnits(instrumentName);
  if (hedging) return { long, short };
  let leaving = 0;
  for (const { brokerPositionId, instrument, side: held, openUnits } of ledger.openPositions.values()) {
    if (instrument === instrumentName && openingSide(held) !== side)
      leaving += Math.min(inFlight.unitsClosing(brokerPositionId), openUnits);
  }
  for (const { terms } of inFlight.orders()) {
    if (isCloseOut(terms) && terms.instrument === instrumentName && terms.side === side)
      leaving += terms.units;
  }
  return side === 'buy' ? { long, short: short - leaving } : { long: long - leaving, short };
}

/** What an order in flight needs when all its units open. */
function needOf({ instrument, units }: OrderTerms, portfolio: Portfolio): number | undefined {
  const { long, short } = portfolio.value.openUnits(instrument);
  return needAtSpread(
    instrument,
    { open: { long: long + units, short: short + units }, openedUnits: units },
    portfolio,
  );
}

function needAtSpread(instrumentName: string, filled: FilledUnits, { value }: Portfolio): number | undefined {
  const quote = value.quoteOf(instrumentName);
  const instrument = value.instruments.find(instrumentName);
  return quote && instrument && marginNeed(value, instrument, filled, quote.ask - quote.bid);
}

/** What a new entry would make of the account, with all that rests and is in flight. */

import { exposureOf, fillUnits, marginNeed } from '../domain/exposure.ts';
import { mayOpen } from '../domain/order.ts';
import { addUnits, subtractUnits } from '../domain/units.ts';
import type { FilledUnits } from '../domain/exposure.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { InFlight } from './in-flight.ts';
import type { Portfolio } from './portfolio.ts';
import type { Growth } from './risk-facts.ts';

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
  const before = entriesBut();
  const others = replaces === undefined ? before : entriesBut(replaces);
  const open = facts.portfolio.value.openUnits(instrument);
  const kind = { side, hedging: facts.hedging };
  return {
    before: exposureOf(open, before, kind),
    after: exposureOf(open, [...others, terms], kind),
  };
}

/**
 * Returns what filling the order takes of the free margin; undefined when a price is missing. Orders in flight count, because they
 * may fill at any moment; resting ones do not: the broker binds no margin for them.
 */
export function marginNeedWith(terms: OrderTerms, facts: EntryFacts): number | undefined {
  const { portfolio, inFlight } = facts;
  const others = fillsBefore(terms, facts);
  const filled = fillUnits(others.open, terms, facts.hedging);
  const openedUnits = addUnits(others.openedUnits, filled.openedUnits);
  const need = needAtSpread(terms.instrument, { open: filled.open, openedUnits }, portfolio);
  if (need === undefined) return undefined;
  if (filled.openedUnits === 0 || need <= 0) return 0;
  let needOfOthers = 0;
  for (const { terms: entry } of inFlight.orders()) {
    if (mayOpen(entry) && entry.instrument !== terms.instrument)
      needOfOthers += needOf(entry, portfolio) ?? 0;
  }
  return need + needOfOthers;
}

/** Returns whether the order opens units where it fills behind those in flight, and nothing else happens before. */
export function opensUnits(terms: OrderTerms, facts: EntryFacts): boolean {
  return fillUnits(fillsBefore(terms, facts).open, terms, facts.hedging).openedUnits > 0;
}

/** What is open when the orders in flight have filled that take the same margin as this one: on a netting account those of its side. */
function fillsBefore(
  { instrument, side }: OrderTerms,
  { portfolio, inFlight, hedging }: EntryFacts,
): FilledUnits {
  let open = portfolio.value.openUnits(instrument);
  let openedUnits = 0;
  for (const { terms: entry } of inFlight.orders()) {
    if (!mayOpen(entry) || entry.instrument !== instrument || !(hedging || entry.side === side)) continue;
    const filled = fillUnits(open, entry, hedging);
    open = filled.open;
    openedUnits = addUnits(openedUnits, filled.openedUnits);
  }
  return { open, openedUnits };
}

/** Returns the entry orders that may still fill: those in flight, and those that rest, but for one. One that is both counts once. */
export function openEntries({ portfolio, inFlight }: EntryFacts, replaces?: number): readonly OrderTerms[] {
  const entries: OrderTerms[] = [];
  for (const { terms } of inFlight.orders()) if (mayOpen(terms)) entries.push(terms);
  for (const { orderId, clientOrderId, terms, filledUnits } of portfolio.restingEntries()) {
    const isInFlight = clientOrderId !== undefined && inFlight.hasOrder(clientOrderId);
    if (orderId === replaces || isInFlight || !mayOpen(terms)) continue;
    entries.push({ ...terms, units: subtractUnits(terms.units, filledUnits) });
  }
  return entries;
}

/** What an order in flight needs when all its units open. */
function needOf({ instrument, units }: OrderTerms, portfolio: Portfolio): number | undefined {
  const { long, short } = portfolio.value.openUnits(instrument);
  return needAtSpread(
    instrument,
    { open: { long: addUnits(long, units), short: addUnits(short, units) }, openedUnits: units },
    portfolio,
  );
}

function needAtSpread(instrumentName: string, filled: FilledUnits, { value }: Portfolio): number | undefined {
  const quote = value.quoteOf(instrumentName);
  const instrument = value.instruments.find(instrumentName);
  return quote && instrument && marginNeed(value, instrument, filled, quote.ask - quote.bid);
}

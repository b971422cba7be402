/** The instruments that an account can trade: what its broker offers it. */

import { assert, present } from '../shared/assert.ts';
import type { Instrument, TradingHoursName } from './instrument.ts';

/** A set of instruments, found by name. It never changes: a broker that offers others gives another set. */
export class Instruments {
  readonly list: readonly Instrument[];
  readonly #byName: ReadonlyMap<string, Instrument>;

  /** InvariantError when two instruments have one name. */
  // What `hoursOf` gave last: quotes of one instrument usually follow each other.
  #last: { readonly name: string; readonly hours: TradingHoursName } = { name: '', hours: 'forex' };

  constructor(list: readonly Instrument[]) {
    this.list = list.map((instrument) => ({ ...instrument, name: interned(instrument.name) }));
    this.#byName = new Map(this.list.map((instrument) => [instrument.name, instrument]));
    assert(this.#byName.size === list.length, 'instruments of different names were wanted');
  }

  /** Returns the instrument with this name, or undefined. */
  find(name: string): Instrument | undefined {
    return this.#byName.get(name);
  }

  /** Returns when an instrument trades; one that is not in the set has the hours of forex. */
  hoursOf(name: string): TradingHoursName {
    if (name !== this.#last.name)
      this.#last = { name, hours: this.#byName.get(name)?.tradingHours ?? 'forex' };
    return this.#last.hours;
  }

  /** Returns the instrument with this name; InvariantError when there is none, so check names from outside first. */
  named(name: string): Instrument {
    return present(this.#byName.get(name), 'instrument', name);
  }
}

/** A concatenated text is compared letter by letter; as a property name it is interned, and compared by reference. */
function interned(text: string): string {
  return Object.keys({ [text]: text })[0] ?? text;
}

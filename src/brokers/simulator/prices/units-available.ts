/** How many units of an instrument fit into an account, in v20's four ways of asking. */

import { floorUnits, sumUnits } from '../../../core/domain/units.ts';
import { wireUnits } from '../wire/decimals.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

/** Returns the field `unitsAvailable` of a price; nothing when no price is known for the margin. */
export function unitsAvailable({ exchange, spec }: SimulatorAccount, instrument: Instrument): Fields {
  const marginOfOne = exchange.value.marginFor(instrument, { long: 1, short: 0 });
  if (marginOfOne === undefined) return {};
  const { marginAvailable } = exchange.snapshot();
  const open = exchange.value.openUnits(instrument.name);
  const fitting = Math.max(0, floorUnits(instrument, marginAvailable / marginOfOne));
  const openOnly = { long: fitting, short: fitting };
  const reduceOnly = { long: open.short, short: open.long };
  // What closes first sets its own margin free for as many units more.
  const reduceFirst = {
    long: sumUnits([fitting, open.short, open.short]),
    short: sumUnits([fitting, open.long, open.long]),
  };
  return {
    unitsAvailable: {
      default: sides(spec.hedging ? openOnly : reduceFirst),
      reduceFirst: sides(reduceFirst),
      reduceOnly: sides(reduceOnly),
      openOnly: sides(openOnly),
    },
  };
}

function sides({ long, short }: { readonly long: number; readonly short: number }): Fields {
  return { long: wireUnits(long), short: wireUnits(short) };
}

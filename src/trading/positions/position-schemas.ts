/** What people ask of positions. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { ProtectionChange } from '../orders/person-requests.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import { isUnits, unitStep } from '../../core/domain/units.ts';
import { EXAMPLE_ID, Id, orNull } from '../../http/values.ts';
import { BodyFieldReader, priceText } from '../../prices/market-input.ts';
import { UnitsInput } from '../orders/order-schemas.ts';
import { namedObject } from '../../http/schemas.ts';

export const CloseBody = namedObject(
  'ClosePosition',
  { units: Type.Optional({ ...UnitsInput, description: 'How many units; all of them when left out.' }) },
  { additionalProperties: false, examples: [{ units: 500 }] },
);

export const CloseOutBody = namedObject(
  'CloseNetPosition',
  {
    accountId: Id,
    side: Type.Optional(
      Type.Enum(POSITION_SIDES, {
        description: 'Which side to close; needed where a hedging account has both.',
      }),
    ),
    units: CloseBody.properties.units,
  },
  { additionalProperties: false, examples: [{ accountId: EXAMPLE_ID }] },
);

export const ProtectionPatch = namedObject(
  'PositionProtection',
  {
    takeProfit: Type.Optional(orNull(priceText('Closes the position with a profit here.'))),
    stopLoss: Type.Optional(orNull(priceText('Closes the position with a loss here.'))),
    stopLossDistance: Type.Optional(
      priceText(
        'Instead of stopLoss: so far from the present ask of a long position, or bid of a short one.',
      ),
    ),
    trailingDistance: Type.Optional(
      orNull(priceText('Closes the position when the price falls back by this much.')),
    ),
  },
  { additionalProperties: false, examples: [{ stopLossDistance: '0.0050' }], minProperties: 1 },
);

/** Throws `invalid-request` when the instrument has no such units. There is no least of what is closed; one offered no more may have any. */
export function checkUnitsToClose(instrument: Instrument | undefined, units: number | undefined): void {
  if (instrument === undefined || units === undefined || isUnits(instrument, units)) return;
  const reader = new BodyFieldReader();
  reader.refuse('/units', `must be units of ${instrument.name}, in steps of ${unitStep(instrument)}`);
  reader.finish();
}

/** Returns the change in points, or throws `invalid-request` with every field that is wrong. */
export function protectionChange(
  instrument: Instrument,
  body: Static<typeof ProtectionPatch>,
): ProtectionChange {
  const reader = new BodyFieldReader();
  const change = {
    takeProfit: reader.priceOrNull(instrument, '/takeProfit', body.takeProfit),
    stopLoss: reader.priceOrNull(instrument, '/stopLoss', body.stopLoss),
    stopLossDistance: reader.price(instrument, '/stopLossDistance', body.stopLossDistance),
    trailingDistance: reader.priceOrNull(instrument, '/trailingDistance', body.trailingDistance),
  };
  if (body.stopLoss !== undefined && body.stopLossDistance !== undefined)
    reader.refuse('/stopLossDistance', 'must be left out where there is a stopLoss');
  reader.finish();
  return change;
}

/** The depth of a market as people write and see it, over HTTP and in commands. */

import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { formatDecimal, parseDecimal } from '../../core/shared/decimal.ts';
import { DEPTH_LIMITS } from '../../core/simulation/depth.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { Decimal, WholeUnits, WholeUnitsInput } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { Static } from 'typebox';
import type { Depth } from '../../core/simulation/depth.ts';

const PIP_PLACES = 1;
/** More than a backtest is fed. */
const MOST_INSTRUMENTS = 40;

const BucketBody = namedObject(
  'DepthBucket',
  { units: WholeUnitsInput, pipsWorse: Type.String({ pattern: '^\\d{1,3}(\\.\\d)?$', examples: ['0.1'] }) },
  { additionalProperties: false },
);

/** What a person writes: buckets by instrument, such as `{"EUR_USD": [{"units": 1000000, "pipsWorse": "0"}]}`. */
export const DepthBody = Type.Record(
  Type.String({ maxLength: 32 }),
  Type.Array(BucketBody, { minItems: 1, maxItems: DEPTH_LIMITS.buckets }),
  {
    maxProperties: MOST_INSTRUMENTS,
    description:
      'By instrument, how many units the market takes at which distance from its best price; any size at the best price when left out.',
    [SENTENCE]:
      'must be buckets by instrument with units and pipsWorse, such as {"EUR_USD": [{"units": 1000000, "pipsWorse": "0"}]}',
  },
);

export const DepthView = Type.Record(
  Type.String(),
  Type.Array(Type.Object({ units: WholeUnits, pipsWorse: Decimal })),
);

/** Returns the depth that a checked body states; a pip is ten points. */
export function depthFrom(body: Static<typeof DepthBody>): Depth {
  return byInstrument(body, ({ units, pipsWorse }) => ({
    units,
    pointsWorse: parseDecimal(pipsWorse, PIP_PLACES) ?? 0,
  }));
}

/** Returns the depth that a JSON text states, or undefined when it states none. */
export function parseDepth(text: string): Depth | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return Value.Check(DepthBody, body) ? depthFrom(body) : undefined;
  } catch {
    return undefined;
  }
}

export function depthView(depth: Depth): Static<typeof DepthView> {
  return byInstrument(depth, ({ units, pointsWorse }) => ({
    units,
    pipsWorse: formatDecimal(pointsWorse, PIP_PLACES),
  }));
}

function byInstrument<From, To>(
  buckets: Readonly<Record<string, readonly From[]>>,
  change: (bucket: From) => To,
): Record<string, To[]> {
  return Object.fromEntries(Object.entries(buckets).map(([name, list]) => [name, list.map(change)]));
}

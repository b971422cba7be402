/** What rows of the projection take over when they are there already: whatever a broker's log may change. */

import type { orderRow, positionRow } from '../projection-rows.ts';

type OrderColumns = readonly (keyof ReturnType<typeof orderRow>)[];
type PositionColumns = readonly (keyof ReturnType<typeof positionRow>)[];

export const NEWEST_OF_ORDER: OrderColumns = [
  'broker_order_id',
  'position_id',
  // The broker's: a close of all takes what there is when it arrives.
  'units',
  'filled_units',
  'units_precision',
  'price',
  'time_in_force',
  'expires_at',
  'lease_until',
  'replaces',
  'replaced_by',
  'status',
  'reason_code',
  'average_price',
  'filled_at',
  'cancelled_at',
  'updated_at',
];

export const NEWEST_OF_POSITION: PositionColumns = [
  // Steps of another size when a part of a unit is closed.
  'initial_units',
  'open_units',
  'units_precision',
  'take_profit',
  'stop_loss',
  'trailing_distance',
  'entry_spread_cost',
  'entry_commission',
  'realized_pnl',
  'financing',
  'closed_at',
  'updated_at',
];

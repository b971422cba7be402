/** A strategy as its owner sees it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { namedObject } from '../../http/schemas.ts';
import { Id, Instant, instantText, instantTextOrNull, InstrumentName, orNull } from '../../http/values.ts';
import type { WarmUp } from '../../core/strategies/strategy.ts';
import type { StoredStrategy } from './strategy-store.ts';

export const StoredStrategyView = namedObject('Strategy', {
  id: Id,
  accountId: Id,
  name: Type.String(),
  strategyType: Type.String(),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  parametersVersion: Type.Integer(),
  instrument: InstrumentName,
  status: Type.Enum(STRATEGY_STATUSES),
  statusReason: orNull(Type.String()),
  warmUp: orNull(
    Type.Object(
      { seen: Type.Integer(), needed: Type.Integer() },
      {
        description: 'Closed candles seen of those needed before it trades; null when it does not warm up.',
      },
    ),
  ),
  marketOpensAt: orNull({
    ...Instant,
    description:
      'When the market of its instrument opens, while it waits for that. Null while the market is open, while it is not active, and where ' +
      'this copy of the server does not run it.',
  }),
  startedAt: orNull(Instant),
  stoppedAt: orNull(Instant),
  createdAt: Instant,
});

/** What a running strategy is doing besides its status. `opensAt` is when its market opens (UTC ms), while it is closed. */
export interface StrategyDoing {
  readonly warmUp: WarmUp | undefined;
  readonly opensAt: number | undefined;
}

export function strategyView(
  strategy: StoredStrategy,
  { warmUp, opensAt }: StrategyDoing,
): Static<typeof StoredStrategyView> {
  return {
    id: strategy.id,
    accountId: strategy.accountId,
    name: strategy.name,
    strategyType: strategy.strategyType,
    parameters: { ...strategy.parameters },
    parametersVersion: strategy.parametersVersion,
    instrument: strategy.instrument,
    status: strategy.status,
    statusReason: strategy.statusReason ?? (opensAt === undefined ? null : 'waiting for the market'),
    warmUp: warmUp ?? null,
    marketOpensAt: instantTextOrNull(opensAt),
    startedAt: instantTextOrNull(strategy.startedAt),
    stoppedAt: instantTextOrNull(strategy.stoppedAt),
    createdAt: instantText(strategy.createdAt),
  };
}

/** A strategy as its owner sees it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { Id, Instant, instantText, instantTextOrNull, InstrumentName, orNull } from '../../http/values.ts';
import type { WarmUp } from '../../core/strategies/strategy.ts';
import type { StoredStrategy } from './strategy-store.ts';

export const StoredStrategyView = Type.Object({
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
  startedAt: orNull(Instant),
  stoppedAt: orNull(Instant),
  createdAt: Instant,
});

export function strategyView(
  strategy: StoredStrategy,
  warmUp: WarmUp | undefined,
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
    statusReason: strategy.statusReason ?? null,
    warmUp: warmUp ?? null,
    startedAt: instantTextOrNull(strategy.startedAt),
    stoppedAt: instantTextOrNull(strategy.stoppedAt),
    createdAt: instantText(strategy.createdAt),
  };
}

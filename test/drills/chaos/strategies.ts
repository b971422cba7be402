/** Strategies that trade often. */
import { INSTRUMENTS } from './traded-account.ts';
import type { HttpClient } from '../http-client.ts';

/** Each entry has a stop loss. */
const TYPES = {
  /** Decides when a candle ends: in a life of a few seconds hardly ever. The averages cross every few candles. */
  netting: { type: 'ema_cross', parameters: { granularity: 'S5', fast: 1, slow: 2, atrStop: 8, units: 300 } },
  /** Decides at each quote, and must know after each start what it holds. Its distances are a few quotes wide. */
  hedging: {
    type: 'snowball',
    parameters: {
      granularity: 'S5',
      baseUnits: 50,
      trendTakeProfitPips: 1,
      maxSlots: 3,
      maxLayers: 1,
      spacing: 'constant',
      headPips: 1,
      tailPips: 1,
      stopLossPips: 10,
      rebuildMinutes: 1,
      maxSpreadPips: 0,
    },
  },
} as const;

/** Starts one on each instrument of an account. */
export async function startStrategies(
  http: HttpClient,
  { id: accountId, hedging }: { readonly id: string; readonly hedging: boolean },
): Promise<void> {
  const { type: strategyType, parameters } = TYPES[hedging ? 'hedging' : 'netting'];
  for (const { name: instrument } of INSTRUMENTS) {
    const body = { accountId, name: instrument, instrument, strategyType, parameters };
    const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/strategies', body });
    await http.demand({ method: 'POST', path: `/strategies/${id}/start` });
  }
}

/** Returns which of them do not run. */
export function strategyFaults(
  strategies: readonly {
    readonly id: string;
    readonly status: string;
    readonly statusReason: string | null;
  }[],
): readonly string[] {
  return strategies
    .filter(({ status }) => status !== 'running')
    .map(({ id, status, statusReason }) => `strategy ${id} is ${status}: ${statusReason}`);
}

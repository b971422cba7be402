/** Strategies that trade often: the two averages of 5-second candles cross every few candles. */
import { INSTRUMENTS } from './traded-account.ts';
import type { HttpClient } from '../http-client.ts';

/** Each entry has a stop loss. */
const PARAMETERS = { granularity: 'S5', fast: 1, slow: 2, atrStop: 8, units: 300 } as const;

/** Starts one on each instrument of an account. */
export async function startStrategies(http: HttpClient, accountId: string): Promise<void> {
  for (const { name: instrument } of INSTRUMENTS) {
    const body = {
      accountId,
      name: instrument,
      instrument,
      strategyType: 'ema_cross',
      parameters: PARAMETERS,
    };
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

import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { warmUpSource } from './warm-up-source.ts';
import type { Candle } from '../../core/domain/candle.ts';

const WISH = { instrument: 'EUR_USD', granularity: 'H1', count: 2, until: 7_200_000 } as const;
const candle = (quotes: number) => ({ quotes }) as Candle;
const stored = () => Promise.resolve([candle(1)]);

describe('what a strategy warms up on', () => {
  it("is the broker's history", async () => {
    const broker = { candles: () => Promise.resolve([candle(2)]) };

    expect(await warmUpSource(broker, stored)('user', WISH)).toEqual([candle(2)]);
  });

  it.each([
    ['keeps none', () => Promise.resolve([])],
    ['does not answer', () => Promise.reject(new Problem('broker-unreachable', 'It does not answer.'))],
  ])('is stored prices where the broker %s', async (_what, candles) => {
    expect(await warmUpSource({ candles }, stored)('user', WISH)).toEqual([candle(1)]);
  });

  it('is not asked for when nothing is wanted', async () => {
    const broker = { candles: () => Promise.reject(new Error('it was asked')) };

    expect(await warmUpSource(broker, () => Promise.resolve([]))('user', { ...WISH, count: 0 })).toEqual([]);
  });

  it('is not hidden when something is wrong with the account', async () => {
    const refused = new Problem('broker-token-refused', 'The token was revoked.');

    await expect(warmUpSource({ candles: () => Promise.reject(refused) }, stored)('user', WISH)).rejects.toBe(
      refused,
    );
  });
});

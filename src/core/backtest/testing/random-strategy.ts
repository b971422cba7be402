/** A strategy for tests that wants a little of everything, by chance; what it wants follows from its seed and from what it is shown. */

import { createPrng, hash32, hashText } from '../../shared/prng.ts';
import type { Quote } from '../../domain/quote.ts';
import type { Intent, OpenIntent, Strategy, StrategyView } from '../../strategies/strategy.ts';

/** What it was called for and shown, and what it answered. */
export interface Call {
  readonly at: number;
  /** The units that it holds, long and short added up. */
  readonly units: number;
  readonly text: string;
}

/** Returns a strategy that adds its calls to `calls`. */
export function randomStrategy(seed: number, calls: Call[]): Strategy {
  const answer = (what: string, shown: unknown, view: StrategyView): readonly Intent[] => {
    const { at, equity, quote, positions, orders } = view;
    const sight = JSON.stringify([what, shown, at, equity, quote, positions, orders]);
    const intents = decide(createPrng(hash32(seed, hashText(sight), 0)), view);
    const units = positions.reduce((sum, { openUnits }) => sum + openUnits, 0);
    calls.push({ at, units, text: `${sight} ${JSON.stringify(intents)}` });
    return intents;
  };
  return {
    granularities: ['M5', 'M15'],
    onCandle: (candle, view) => answer('candle', candle, view),
    onFill: (fill, view) => answer('fill', fill, view),
    save: () => null,
    restore: () => undefined,
  };
}

function decide(random: () => number, { quote, positions, orders, at }: StrategyView): readonly Intent[] {
  const below = (most: number): number => Math.floor(random() * most);
  const [position] = positions;
  const [order] = orders;
  const intents: Intent[] = [];
  if (order && below(6) === 0) intents.push({ type: 'cancel', orderId: order.id });
  if (position && quote && below(3) === 0) {
    const { brokerPositionId, openUnits } = position;
    if (below(2) === 0)
      intents.push({
        type: 'close',
        brokerPositionId,
        units: below(2) === 0 ? undefined : 1 + below(openUnits),
      });
    else {
      const away = position.side === 'long' ? -1 : 1;
      intents.push({
        type: 'modify',
        brokerPositionId,
        stopLoss: below(4) === 0 ? null : quote.bid + away * (20 + below(150)),
        trailingDistance: below(3) === 0 ? 60 + below(100) : undefined,
      });
    }
  }
  if (quote && below(3) === 0) intents.push(entry(below, quote, at));
  return intents;
}

function entry(below: (most: number) => number, { bid, ask }: Quote, at: number): OpenIntent {
  const side = below(2) === 0 ? 'long' : 'short';
  const orderType = (['market', 'market', 'limit', 'stop'] as const)[below(4)] ?? 'market';
  const forth = side === 'long' ? 1 : -1;
  const away = 15 + below(80);
  const price =
    orderType === 'market'
      ? undefined
      : side === 'long'
        ? ask + away * (orderType === 'stop' ? 1 : -1)
        : bid - away * (orderType === 'stop' ? 1 : -1);
  const from = price ?? (side === 'long' ? bid : ask);
  return {
    type: 'open',
    side,
    size: below(4) === 0 ? { riskFraction: 0.01, stopDistance: 100 } : { units: 1 + below(30_000) },
    orderType,
    price,
    tag: (['a', 'b', undefined] as const)[below(3)],
    stopLoss: below(3) === 0 ? undefined : from - forth * (30 + below(150)),
    takeProfit: below(3) === 0 ? from + forth * (30 + below(200)) : undefined,
    trailingDistance: below(4) === 0 ? 60 + below(100) : undefined,
    expiresAt: orderType !== 'market' && below(3) === 0 ? at + 60_000 * (1 + below(600)) : undefined,
    ocoGroup: orderType !== 'market' && below(4) === 0 ? `g${below(50)}` : undefined,
  };
}

import { describe, expect, it } from 'vitest';
import { MarketClock } from './market-clock.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const NOON = utc('2024-01-16T12:00:00');
const CLOSE = utc('2024-01-16T21:58:00');
const OPENING = utc('2024-01-16T22:03:00');

describe('market time', () => {
  it('takes no price of a closed market, and none from before the market opened', () => {
    const clock = new MarketClock();

    clock.advance(CLOSE - 1);
    expect(clock.isTradable('forex', NOON)).toBe(true);
    expect(clock.tradableUntil('forex')).toBe(CLOSE);

    clock.advance(CLOSE);
    expect(clock.isOpen('forex')).toBe(false);
    expect(clock.isTradable('forex', CLOSE - 1)).toBe(false);
    expect(clock.isTradable('forex', CLOSE)).toBe(false);
    expect(clock.tradableUntil('forex')).toBe(-Infinity);

    clock.advance(OPENING);
    expect(clock.isTradable('forex', CLOSE - 1)).toBe(false);
    expect(clock.isTradable('forex', OPENING)).toBe(true);
    expect(clock.isTradable('metals', OPENING)).toBe(false);
    expect(clock.tradableUntil('forex')).toBe(CLOSE + 86_400_000);
  });

  it('knows when the market opened last, also while it is closed', () => {
    const clock = new MarketClock();
    clock.advance(NOON);

    expect(clock.openedAt('forex')).toBe(utc('2024-01-15T22:03:00'));
    clock.advance(CLOSE + 1);
    expect(clock.openedAt('forex')).toBe(utc('2024-01-15T22:03:00'));
    clock.advance(OPENING);
    expect(clock.openedAt('forex')).toBe(OPENING);
  });

  it('never runs back', () => {
    const clock = new MarketClock();
    clock.advance(OPENING);
    clock.advance(NOON);

    expect(clock.now).toBe(OPENING);
  });
});

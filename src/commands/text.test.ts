import { describe, expect, it } from 'vitest';
import { countText, durationText, moneyText, numberOf, percentText, ratioText, timeText } from './text.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [532_903, '532,903'],
    [1_234_567, '1,234,567'],
  ])('writes the count %i as %s', (count, text) => {
    expect(countText(count)).toBe(text);
  });

  it.each([
    [0, 'no orders'],
    [1, '1 order'],
    [2_000, '2,000 orders'],
  ])('writes %i orders as %s', (count, text) => {
    expect(numberOf(count, 'order')).toBe(text);
  });

  it.each([
    [0, '0.00'],
    [49, '0.00'],
    [50, '0.01'],
    [-50, '-0.01'],
    [-12_345_678, '-1,234.57'],
    [100_000_000, '10,000.00'],
    [1_000_000_000, '100,000.00'],
  ])('writes the money %i as %s', (money, text) => {
    expect(moneyText(money)).toBe(text);
  });

  it.each([
    [null, '–'],
    [500, '0 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('writes the duration %s as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('writes shares, ratios and times, and a dash for what is not defined', () => {
    expect([percentText(0.0123), percentText(null), ratioText(-1.005), ratioText(null)]).toEqual([
      '1.23 %',
      '–',
      '-1.00',
      '–',
    ]);
    expect(timeText(Date.UTC(2024, 0, 3, 4, 5, 59))).toBe('2024-01-03 04:05 UTC');
  });
});

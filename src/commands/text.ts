/** Numbers and times as people read them in a terminal. */

import { formatDecimal, roundHalfAway } from '../core/shared/decimal.ts';

/** Returns a count with its thousands apart: 532,903. */
export function countText(count: number): string {
  return grouped(String(count));
}

/** Returns how many there are of something: no orders, 1 order, 2,000 orders. */
export function numberOf(count: number, one: string): string {
  return `${count === 0 ? 'no' : countText(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** Returns money (ten-thousandths) with two places and its thousands apart; halves are rounded away from zero. */
export function moneyText(money: number): string {
  return grouped(formatDecimal(roundHalfAway(money / 100), 2));
}

/** Returns a share as percent with two places, or a dash for what is not defined. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(2)} %`;
}

/** Returns a ratio with two places, or a dash for what is not defined. */
export function ratioText(ratio: number | null): string {
  return ratio === null ? '–' : ratio.toFixed(2);
}

/** Returns an instant (UTC ms) to the minute. */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Returns a duration in its two largest units: 3 d 4 h. */
export function durationText(ms: number | null): string {
  if (ms === null) return '–';
  const first = SPANS.findIndex(([, length]) => ms >= length);
  if (first < 0) return '0 s';
  let rest = ms;
  const parts = SPANS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

function grouped(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const apart = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

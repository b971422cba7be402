/** Times of the market that the tests of feeds begin at (UTC ms): New York is five hours behind. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const WEDNESDAY = Date.UTC(2026, 0, 7, 15);
export const FRIDAY_CLOSE = Date.UTC(2026, 0, 9, 22);
export const SUNDAY_OPENING = Date.UTC(2026, 0, 11, 22);

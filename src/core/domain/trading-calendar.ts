/**
 * The forex week and day: both turn at 17:00 in New York, with its daylight saving.
 * Source: OANDA trades from Sunday 17:00 to Friday 17:00 New York time, holidays excepted; its daily candles and its financing turn at 17:00.
 */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const ROLL_OVER_HOUR = 17;
const FIRST_YEAR_WITH_HOLIDAYS = 2010;
const STANDARD_OFFSET_MS = -5 * HOUR_MS;
const DAYLIGHT_OFFSET_MS = -4 * HOUR_MS;

/** One year, and its daylight saving in New York: for each the first instant and the first after it, in UTC milliseconds. */
interface DaylightSaving {
  readonly yearFrom: number;
  readonly yearUntil: number;
  readonly from: number;
  readonly until: number;
}

// Energy Policy Act of 2005: second Sunday of March to first Sunday of November, from 2007 on.
// Before that (1987 to 2006): first Sunday of April to last Sunday of October.
function daylightSavingOf(year: number): DaylightSaving {
  const starts = year >= 2007 ? nthSunday(year, 2, 8) : nthSunday(year, 3, 1);
  const ends = year >= 2007 ? nthSunday(year, 10, 1) : nthSunday(year, 9, 25);
  // Clocks change at 2:00 local time: before the change that is standard time, at the end it is daylight time.
  return {
    yearFrom: Date.UTC(year, 0),
    yearUntil: Date.UTC(year + 1, 0),
    from: starts + 7 * HOUR_MS,
    until: ends + 6 * HOUR_MS,
  };
}

/** The UTC midnight of the first Sunday on or after a day of a month; months count from 0. */
function nthSunday(year: number, month: number, earliestDay: number): number {
  const earliest = Date.UTC(year, month, earliestDay);
  return earliest + ((7 - weekdayOf(earliest)) % 7) * DAY_MS;
}

/** 0 is Sunday. 1 January 1970 was a Thursday. */
function weekdayOf(utcMidnight: number): number {
  return (((Math.floor(utcMidnight / DAY_MS) + 4) % 7) + 7) % 7;
}

let cachedYear: DaylightSaving = daylightSavingOf(1970);

/** Returns the offset of New York's clocks from UTC at this instant, in milliseconds (negative). */
export function newYorkOffsetMs(at: number): number {
  if (at < cachedYear.yearFrom || at >= cachedYear.yearUntil)
    cachedYear = daylightSavingOf(new Date(at).getUTCFullYear());
  return at >= cachedYear.from && at < cachedYear.until ? DAYLIGHT_OFFSET_MS : STANDARD_OFFSET_MS;
}

/** Returns the UTC instant of `hour` o'clock in New York on the calendar day (a UTC midnight of its digits) `day`. */
function newYorkInstant(day: number, hour: number): number {
  const guess = day + hour * HOUR_MS - STANDARD_OFFSET_MS;
  return day + hour * HOUR_MS - newYorkOffsetMs(guess);
}

/** Returns the UTC midnight that has the digits of New York's calendar day at `at`. */
function newYorkDay(at: number): number {
  return Math.floor((at + newYorkOffsetMs(at)) / DAY_MS) * DAY_MS;
}

/** Returns the weekday of New York's calendar day at this instant; 0 is Sunday. */
export function newYorkWeekday(at: number): number {
  return weekdayOf(newYorkDay(at));
}

/** Returns the 17:00 New York at or before this instant: the start of its trading day. */
export function tradingDayStart(at: number): number {
  const today = newYorkDay(at);
  const rollOver = newYorkInstant(today, ROLL_OVER_HOUR);
  return rollOver <= at ? rollOver : newYorkInstant(today - DAY_MS, ROLL_OVER_HOUR);
}

/** Returns the 17:00 New York that ends the trading day containing this instant (always later than `at`). */
export function tradingDayEnd(at: number): number {
  // 30 hours after the start is within the next trading day even when the clocks change in between.
  return tradingDayStart(tradingDayStart(at) + 30 * HOUR_MS);
}

/**
 * Returns whether the trading day that holds this instant is traded: those from Sunday 17:00 to Friday 17:00 New York are, without the ones
 * that end on a holiday. In which of its hours depends on the instrument.
 */
export function isTradingDay(at: number): boolean {
  const today = newYorkDay(at);
  const endsOn = at < newYorkInstant(today, ROLL_OVER_HOUR) ? today : today + DAY_MS;
  const weekday = weekdayOf(endsOn);
  return weekday !== 0 && weekday !== 6 && !isHoliday(endsOn);
}

/**
 * 25 December and 1 January. Source: OANDA's hourly candles of EUR_USD: from 2010 on there is none between 17:00 of the day before and
 * 17:00 of these days; in the years before, there are some.
 */
function isHoliday(newYorkMidnight: number): boolean {
  const date = new Date(newYorkMidnight);
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  if (date.getUTCFullYear() < FIRST_YEAR_WITH_HOLIDAYS) return false;
  return (month === 12 && day === 25) || (month === 1 && day === 1);
}

/** Returns the Friday 17:00 New York at or before this instant: the start of its trading week (OANDA's weekly candle). */
export function tradingWeekStart(at: number): number {
  let start = tradingDayStart(at);
  while (weekdayOf(newYorkDay(start)) !== 5) start = tradingDayStart(start - 1);
  return start;
}

/** Returns the Friday 17:00 New York that ends the trading week containing this instant (always later than `at`). */
export function tradingWeekEnd(at: number): number {
  // Two hours more than a week are after the next Friday 17:00, and within its day, even when the clocks change in between.
  return tradingDayStart(tradingWeekStart(at) + 7 * DAY_MS + 2 * HOUR_MS);
}

/** Returns the 17:00 New York that starts the trading day of the first of a month, at or before this instant. */
export function tradingMonthStart(at: number): number {
  const day = new Date(newYorkDay(tradingDayEnd(at) - 1));
  return tradingDayStart(newYorkInstant(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1), 0));
}

/**
 * Returns 07:00 Auckland in the trading day that ends at `dayEnd`: 18:00 UTC in summer there, 19:00 in winter. Source: New Zealand Daylight
 * Time Order 2007: from the last Sunday of September to the first of April. Earlier years are taken as if it had held.
 */
export function aucklandMorning(dayEnd: number): number {
  const utcMidnight = Math.floor(dayEnd / DAY_MS) * DAY_MS;
  const year = new Date(dayEnd).getUTCFullYear();
  const isSummer = utcMidnight < nthSunday(year, 3, 1) || utcMidnight >= nthSunday(year, 8, 24);
  return utcMidnight + (isSummer ? 18 : 19) * HOUR_MS;
}

/** Returns how many milliseconds of trading days lie between two instants; the daily pause counts like the rest of its day. */
export function openMarketMs(from: number, until: number): number {
  let open = 0;
  for (let start = from; start < until;) {
    const end = Math.min(until, tradingDayEnd(start));
    if (isTradingDay(start)) open += end - start;
    start = end;
  }
  return open;
}

/** Times at which an account opens nothing new: before the market closes for long, around the roll-over, and at news. */

import { durationNumber } from '../domain/denial.ts';
import { MINUTE_MS, tradingDayEnd, tradingDayStart } from '../domain/trading-calendar.ts';
import { nextLongClose } from '../domain/trading-hours.ts';
import type { FurtherLimits, NewsWindow } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Instrument } from '../domain/instrument.ts';

/** Returns why an entry in the instrument is denied at `at` (UTC ms), if it is, and how long that lasts. */
export function windowDenial(
  instrument: Instrument,
  { weekend, rollOver, newsWindows }: FurtherLimits,
  at: number,
): Denial | undefined {
  if (weekend) {
    const closesAt = nextLongClose(instrument.tradingHours, at);
    if (at >= closesAt - weekend.minutesBefore * MINUTE_MS) return denied('before-weekend', closesAt - at);
  }
  if (rollOver) {
    const opensAt = tradingDayStart(at) + rollOver.minutesAfter * MINUTE_MS;
    if (at < opensAt) return denied('around-roll-over', opensAt - at);
    const dayEnd = tradingDayEnd(at);
    if (at >= dayEnd - rollOver.minutesBefore * MINUTE_MS)
      return denied('around-roll-over', dayEnd + rollOver.minutesAfter * MINUTE_MS - at);
  }
  const news = newsWindows?.find((window) => holds(window, instrument, at));
  return news && denied('news-window', news.to - at);
}

/** Returns when what rests and is open is to be ended before the market closes for long; Infinity when the account wants that never. */
export function weekendActsAt({ weekend }: FurtherLimits, at: number): number {
  if (!weekend || (weekend.entries === 'deny' && weekend.positions === 'keep')) return Infinity;
  return Math.max(at, nextLongClose('forex', at) - weekend.minutesBefore * MINUTE_MS);
}

function holds({ from, to, currencies }: NewsWindow, { base, quote }: Instrument, at: number): boolean {
  const concerns = currencies === undefined || currencies.includes(base) || currencies.includes(quote);
  return concerns && at >= from && at < to;
}

function denied(code: DenialCode, waitMs: number): Denial {
  return { code, field: 'instrument', numbers: { wait: durationNumber(waitMs) } };
}

/** Price files made for tests, as text and as bytes in pieces. */

/** One row of quotes: seconds after the start, bid and ask as in a file. */
export type QuoteRow = readonly [second: number, bid: string, ask: string];

export const START = Date.UTC(2024, 0, 3);

const timeAt = (second: number) => new Date(START + second * 1_000).toISOString();

const priceText = (points: number) => (points / 100_000).toFixed(5);

/** Returns a file of quotes. */
export function quoteFile(rows: readonly QuoteRow[]): string {
  return ['time,bid,ask', ...rows.map(([second, bid, ask]) => [timeAt(second), bid, ask].join())].join('\n');
}

/** Returns a file with `count` quotes, one a second, that wander by a sine. */
export function longQuoteFile(count: number): string {
  return quoteFile(
    Array.from({ length: count }, (_, second) => {
      const points = 110_000 + Math.round(300 * Math.sin(second / 97) + 80 * Math.sin(second / 13));
      return [second, priceText(points), priceText(points + 12)];
    }),
  );
}

/** Returns a file of minute candles whose open, high, low and close are given in points above 1.10000, with a spread of ten. */
export function candleFile(rows: readonly (readonly [number, number, number, number])[]): string {
  const price = (points: number) => priceText(110_000 + points);
  const lines = rows.map((row, minute) =>
    [timeAt(minute * 60), ...row.map(price), ...row.map((points) => price(points + 10))].join(),
  );
  return ['time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close', ...lines].join(
    '\n',
  );
}

/** Yields bytes in pieces, as a file or a socket would. */
export async function* inPieces(
  bytes: Uint8Array | string,
  size = 1_000,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.from(bytes);
  for (let start = 0; start < buffer.length; start += size) yield buffer.subarray(start, start + size);
}

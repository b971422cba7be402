/** Reads times and prices straight from the bytes of a CSV line: no strings, exact decimals. */

const ZERO = 0x30;
const NEWLINE = 0x0a;
const DOT = 0x2e;
const DASH = 0x2d;
const COLON = 0x3a;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const ZERO_OFFSET = [0x2b, ZERO, ZERO, COLON, ZERO, ZERO]; // +00:00

const LARGEST_POINTS = 2_147_483_647; // what an Int32Array holds
const MOST_FRACTION_DIGITS = 9; // of a second; OANDA writes nine

// The value of two ASCII digits by their two bytes as one number, or -1: one look-up instead of two range checks.
const TWO_DIGITS = twoDigitValues();

/** A cursor over bytes. A reading that fails leaves the position where the field starts. */
export class CsvFieldReader {
  readonly #precision: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  // Rows of one day come together, so the calendar is asked once a day and not once a row.
  #date = -1;
  #dayAt = NaN;

  /** `precision` is the number of digits after the point that one whole point stands for. */
  constructor(precision: number) {
    this.#precision = precision;
  }

  /** Where the next field starts. */
  get position(): number {
    return this.#position;
  }

  /** Continues reading in other bytes, at their start. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#position = 0;
  }

  /** Steps to the start of the next line, or to the end of the bytes when no line ends any more. */
  skipLine(): void {
    const end = this.#bytes.indexOf(NEWLINE, this.#position);
    this.#position = end < 0 ? this.#bytes.length : end + 1;
  }

  /** Steps over one byte if it is `wanted`; returns whether it was. */
  skip(wanted: number): boolean {
    if (this.#bytes[this.#position] !== wanted) return false;
    this.#position += 1;
    return true;
  }

  /**
   * Reads a positive decimal as whole points, or returns 0 when there is none: no digits on either side of a point, a sign,
   * a digit other than 0 beyond the precision, zero itself, or more than 2,147,483,647 points.
   */
  readPoints(): number {
    const bytes = this.#bytes;
    const start = this.#position;
    let position = start;
    let points = 0;
    // `>>> 0` turns what is below zero into something large, so that one comparison recognizes a digit.
    let digit = ((bytes[position] ?? 0) - ZERO) >>> 0;
    for (; digit <= 9; digit = ((bytes[(position += 1)] ?? 0) - ZERO) >>> 0) points = points * 10 + digit;
    if (position === start) return 0;
    let places = this.#precision;
    if (bytes[position] === DOT) {
      position += 1;
      const fractionStart = position;
      for (; places > 1; places -= 2, position += 2) {
        const pair = twoDigits(bytes, position);
        if (pair < 0) break;
        points = points * 100 + pair;
      }
      digit = ((bytes[position] ?? 0) - ZERO) >>> 0;
      for (; digit <= 9; digit = ((bytes[(position += 1)] ?? 0) - ZERO) >>> 0) {
        if (places > 0) points = points * 10 + digit;
        else if (digit !== 0) return 0;
        places -= 1;
      }
      if (position === fractionStart) return 0;
    }
    for (; places > 0; places -= 1) points *= 10;
    if (points > LARGEST_POINTS) return 0;
    this.#position = position;
    return points;
  }

  /** Reads an RFC 3339 time in UTC (`Z` or `+00:00`) as UTC ms, cutting off what is finer; NaN when there is none. */
  readTime(): number {
    const start = this.#position;
    const bytes = this.#bytes;
    let at = this.#readDate(start) + this.#readClock(start + 10);
    let position = start + 19;
    if (bytes[position] === DOT) {
      position += 1;
      const fractionStart = position;
      let weight = 100;
      let digit = ((bytes[position] ?? 0) - ZERO) >>> 0;
      for (; digit <= 9; digit = ((bytes[(position += 1)] ?? 0) - ZERO) >>> 0) {
        at += digit * weight;
        weight = weight === 100 ? 10 : weight === 10 ? 1 : 0;
      }
      const digits = position - fractionStart;
      if (digits === 0 || digits > MOST_FRACTION_DIGITS) return NaN;
    }
    const end = this.#endOfZone(position);
    if (end < 0 || Number.isNaN(at)) return NaN;
    this.#position = end;
    return at;
  }

  /** Reads `YYYY-MM-DD` as the UTC ms of its midnight, or NaN. */
  #readDate(start: number): number {
    const bytes = this.#bytes;
    const century = twoDigits(bytes, start);
    const year = twoDigits(bytes, start + 2);
    const month = twoDigits(bytes, start + 5);
    const day = twoDigits(bytes, start + 8);
    if ((century | year | month | day) < 0 || !this.#has(start + 4, DASH) || !this.#has(start + 7, DASH))
      return NaN;
    const date = ((century * 100 + year) * 100 + month) * 100 + day;
    if (date === this.#date) return this.#dayAt;
    this.#date = date;
    this.#dayAt = utcMidnight(century * 100 + year, month, day);
    return this.#dayAt;
  }

  /** Reads `Thh:mm:ss` as milliseconds since midnight, or NaN. A leap second is no time of a price. */
  #readClock(start: number): number {
    if (!this.#has(start, LETTER_T) || !this.#has(start + 3, COLON) || !this.#has(start + 6, COLON))
      return NaN;
    const hour = twoDigits(this.#bytes, start + 1);
    const minute = twoDigits(this.#bytes, start + 4);
    const second = twoDigits(this.#bytes, start + 7);
    if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) return NaN;
    return (hour * 3600 + minute * 60 + second) * 1000;
  }

  /** Returns where the `Z` or `+00:00` at a place ends, or -1 when neither is there. */
  #endOfZone(position: number): number {
    if (this.#has(position, LETTER_Z)) return position + 1;
    const end = position + ZERO_OFFSET.length;
    return ZERO_OFFSET.every((byte, index) => this.#has(position + index, byte)) ? end : -1;
  }

  #has(position: number, byte: number): boolean {
    return this.#bytes[position] === byte;
  }
}

/** Returns the value of the two digits at a place, or -1. */
function twoDigits(bytes: Uint8Array, position: number): number {
  return TWO_DIGITS[((bytes[position] ?? 0) << 8) | (bytes[position + 1] ?? 0)] ?? -1;
}

function twoDigitValues(): Int8Array {
  const values = new Int8Array(0x10000).fill(-1);
  for (let value = 0; value < 100; value += 1) {
    values[((ZERO + Math.floor(value / 10)) << 8) | (ZERO + (value % 10))] = value;
  }
  return values;
}

/** Returns the UTC ms of a date's midnight, or NaN when the calendar has no such date or it is before 1970. */
function utcMidnight(year: number, month: number, day: number): number {
  if (year < 1970 || month < 1 || month > 12 || day < 1) return NaN;
  const at = Date.UTC(year, month - 1, day);
  // Date.UTC carries 30 February over into March; the day then differs.
  return new Date(at).getUTCDate() === day ? at : NaN;
}

const encoder = new TextEncoder();

/** Returns the UTC ms of an RFC 3339 time in UTC, or undefined when the text is not exactly that. */
export function parseUtcTime(text: string): number | undefined {
  const bytes = encoder.encode(text);
  const reader = new CsvFieldReader(0);
  reader.open(bytes);
  const at = reader.readTime();
  return !Number.isNaN(at) && reader.position === bytes.length ? at : undefined;
}

/** Reads a price file: CSV bytes, gzipped or not, into batches of columns; bad rows are counted by kind and refused or left out. */

import type { Instrument } from '../../core/domain/instrument.ts';
import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { BadRowTally, badRowsError } from './bad-rows.ts';
import type { BadRowCount, BadRowKind } from './bad-rows.ts';
import { plainBytes } from './byte-stream.ts';
import { ColumnBuilder } from '../series/column-builder.ts';
import { CsvFieldReader } from './csv-fields.ts';
import type { PriceColumns, PriceKind } from '../series/price-columns.ts';
import { parsePriceCsvHeader } from './price-csv-format.ts';
import type { PriceCsvFormat } from './price-csv-format.ts';
import { candleFault, quoteFault } from './row-faults.ts';

/** How a price file is to be read. */
export interface PriceCsvOptions {
  readonly instrument: Instrument;
  /** Leave bad rows out instead of refusing the file because of them. */
  readonly skipBad?: boolean | undefined;
  /** The most bytes when unpacked; smaller than the default in tests. */
  readonly largestBytes?: number | undefined;
}

/** What a file held, known when it has been read to its end. */
export interface PriceCsvReport {
  readonly kind: PriceKind;
  readonly goodRows: number;
  readonly badRows: number;
  readonly badKinds: readonly BadRowCount[];
}

/** A row has some hundred bytes; a longer line is no row, and without a limit it would fill the memory. */
const LONGEST_LINE_BYTES = 1024;

/** A person learns no more from further ones, and looking for them takes the processor's time. */
const COUNTED_BAD_ROWS = 10_000;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COMMA = 0x2c;

/**
 * One reading of one file. Iterate over it once for the batches (each of at most 10,000 rows, in file order), then ask for the report.
 * Iterating throws Problem 'price-data-invalid' for a file that is no price file, and, unless `skipBad` is set, at the end
 * of a file with bad rows, when they have been counted, or 10,000 of them; batches that came before it must then be thrown away.
 */
export class PriceCsvReader {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #options: PriceCsvOptions;
  readonly #fields: CsvFieldReader;
  readonly #tally = new BadRowTally();
  #format: PriceCsvFormat | undefined;
  #builder = new ColumnBuilder('quotes');
  #ready: PriceColumns[] = [];
  #line = 0;
  #goodRows = 0;
  #previousAt = -Infinity;
  #isAtEnd = false;

  constructor(source: AsyncIterable<Uint8Array>, options: PriceCsvOptions) {
    this.#source = source;
    this.#options = options;
    this.#fields = new CsvFieldReader(options.instrument.pricePrecision);
  }

  /** What the file held; only when the iteration has come to its end. */
  get report(): PriceCsvReport {
    assert(
      this.#isAtEnd && this.#format !== undefined,
      'the report was expected before the file was read to its end',
    );
    const { kinds, total } = this.#tally;
    return { kind: this.#format.kind, goodRows: this.#goodRows, badRows: total, badKinds: kinds };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PriceColumns, void, undefined> {
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of plainBytes(this.#source, this.#options.largestBytes)) {
      const firstLineEnd = chunk.indexOf(NEWLINE) + 1;
      const lastLineEnd = chunk.lastIndexOf(NEWLINE) + 1;
      if (firstLineEnd > 0) {
        this.#readLines(Buffer.concat([rest, chunk.subarray(0, firstLineEnd)]));
        this.#readLines(chunk.subarray(firstLineEnd, lastLineEnd));
        rest = new Uint8Array(0);
      }
      this.#refuseHopeless();
      yield* this.#takeReady();
      rest = Buffer.concat([rest, chunk.subarray(lastLineEnd)]);
      checkLength(rest.length, this.#line + 1);
    }
    if (rest.length > 0) this.#readLines(Buffer.concat([rest, Uint8Array.of(NEWLINE)]));
    this.#checkWhole();
    const last = this.#builder.take();
    if (last !== undefined) this.#ready.push(last);
    yield* this.#takeReady();
    this.#isAtEnd = true;
  }

  /** A file that is refused anyway is read on only to count, and not for long. */
  #refuseHopeless(): void {
    if (this.#tally.total < COUNTED_BAD_ROWS) return;
    const rows = this.#goodRows + this.#tally.total;
    if (this.#isRefused() || this.#goodRows === 0) throw badRowsError(this.#tally, { rows, isWhole: false });
  }

  #takeReady(): readonly PriceColumns[] {
    const ready = this.#ready;
    this.#ready = [];
    return this.#isRefused() ? [] : ready;
  }

  #isRefused(): boolean {
    return this.#options.skipBad !== true && this.#tally.total > 0;
  }

  /** Reads lines; the last one ends where the bytes end. */
  #readLines(bytes: Uint8Array): void {
    const fields = this.#fields;
    fields.open(bytes);
    while (fields.position < bytes.length) {
      const start = fields.position;
      this.#line += 1;
      if (this.#format === undefined) this.#readHeader(bytes);
      else this.#readLine(this.#format, bytes);
      checkLength(fields.position - start - 1, this.#line);
    }
  }

  #readHeader(bytes: Uint8Array): void {
    this.#fields.skipLine();
    const line = bytes.subarray(0, this.#fields.position - 1);
    checkLength(line.length, this.#line);
    this.#format = parsePriceCsvHeader(line);
    this.#builder = new ColumnBuilder(this.#format.kind);
  }

  /** Reads one line and its end. An empty line is no row. */
  #readLine(format: PriceCsvFormat, bytes: Uint8Array): void {
    const start = this.#fields.position;
    if (this.#skipLineEnd()) return;
    const at = this.#readFields(format.slots);
    const isParsed = !Number.isNaN(at) && this.#skipLineEnd();
    if (!isParsed) this.#fields.skipLine();
    const fault = isParsed ? this.#faultOf(format.kind, at) : 'unparsable';
    if (fault === undefined) this.#keep(at);
    else this.#tally.add(fault, this.#line, () => lineText(bytes.subarray(start, this.#fields.position - 1)));
  }

  /** Reads the fields of a row, its prices into the columns; returns its time, or NaN when a field is wrong. */
  #readFields(slots: readonly number[]): number {
    const fields = this.#fields;
    const { prices, row } = this.#builder;
    let at = NaN;
    for (let index = 0; index < slots.length; index += 1) {
      if (index > 0 && !fields.skip(COMMA)) return NaN;
      const slot = slots[index] ?? -1;
      if (slot < 0) {
        at = fields.readTime();
        continue;
      }
      const points = fields.readPoints();
      const column = prices[slot];
      if (points === 0 || column === undefined) return NaN;
      column[row] = points;
    }
    return at;
  }

  #skipLineEnd(): boolean {
    this.#fields.skip(RETURN);
    return this.#fields.skip(NEWLINE);
  }

  #faultOf(kind: PriceKind, at: number): BadRowKind | undefined {
    const { prices, row } = this.#builder;
    if (at < this.#previousAt) return 'out-of-order';
    if (kind === 'quotes') return quoteFault(prices, row);
    if (at === this.#previousAt) return 'repeated-time';
    return candleFault(prices, row);
  }

  #keep(at: number): void {
    this.#previousAt = at;
    this.#goodRows += 1;
    this.#builder.commit(at);
    if (!this.#builder.isFull) return;
    const columns = this.#builder.take();
    if (columns !== undefined) this.#ready.push(columns);
  }

  /** Refuses, at its end, a file with nothing in it, or with bad rows. */
  #checkWhole(): void {
    if (this.#format === undefined) throw new Problem('price-data-invalid', 'The file is empty.');
    const rows = this.#goodRows + this.#tally.total;
    if (rows === 0) throw new Problem('price-data-invalid', 'The file has a header but no rows.');
    if (this.#isRefused() || this.#goodRows === 0) throw badRowsError(this.#tally, { rows, isWhole: true });
  }
}

function lineText(line: Uint8Array): string {
  return new TextDecoder().decode(line).trimEnd();
}

function checkLength(bytes: number, line: number): void {
  if (bytes <= LONGEST_LINE_BYTES) return;
  const detail = `Line ${line} is longer than ${LONGEST_LINE_BYTES} bytes; this is not a price file.`;
  throw new Problem('price-data-invalid', detail, {
    errors: [{ pointer: `line ${line}`, detail: 'too long' }],
  });
}

/** Lines of JSON from chunks that may hold several of them, or a part of one. */

import { StringDecoder } from 'node:string_decoder';

/** A longer line is none of OANDA's: a fill of a hundred trades has some 50,000 characters. */
const LONGEST_LINE = 4_194_304;

/** Puts the lines of one stream together. */
export class JsonLines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** Returns the lines that end in this chunk, empty ones left out. SyntaxError when one is no JSON, RangeError when it has no end. */
  take(chunk: Buffer): readonly unknown[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LONGEST_LINE) throw new RangeError('a line has no end');
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown);
  }
}

/** Reads tokens from left to right. Whatever is not there is answered by "no" or by nothing, never by an error. */
import type { Token } from './sql-tokens.ts';

export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Goes past these keywords if they all come next. */
  take(...words: readonly string[]): boolean {
    const areNext = words.every((word, index) => this.#isWord(this.#at + index, word));
    if (areNext) this.#at += words.length;
    return areNext;
  }

  /** Goes past one of these keywords if it comes next. */
  takeOne(words: readonly string[]): boolean {
    return words.some((word) => this.take(word));
  }

  takeSign(sign: string): boolean {
    const isNext = this.#isSign(this.#at, sign);
    if (isNext) this.#at += 1;
    return isNext;
  }

  /** Returns the next name without its schema; empty where none comes. */
  name(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') return '';
    this.#at += 1;
    return this.takeSign('.') ? this.name() : token.text;
  }

  string(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === 'string' ? token.text : undefined;
  }

  /** Goes past the next such keyword that stands in no deeper parentheses than here; false when there is none. */
  skipTo(word: string): boolean {
    let depth = 0;
    for (let at = this.#at; at < this.#tokens.length && depth >= 0; at += 1) {
      if (this.#isSign(at, '(')) depth += 1;
      if (this.#isSign(at, ')')) depth -= 1;
      if (depth !== 0 || !this.#isWord(at, word)) continue;
      this.#at = at + 1;
      return true;
    }
    return false;
  }

  /** Whether the keywords stand anywhere outside of parentheses. */
  holds(...words: readonly string[]): boolean {
    let depth = 0;
    return this.#tokens.some((_, at) => {
      if (this.#isSign(at, '(')) depth += 1;
      if (this.#isSign(at, ')')) depth -= 1;
      return depth === 0 && words.every((word, index) => this.#isWord(at + index, word));
    });
  }

  /** Returns what stands between the next parentheses, divided by its commas; nothing where none come. */
  list(): TokenReader[] {
    if (!this.takeSign('(')) return [];
    const start = this.#at;
    let depth = 1;
    while (this.#at < this.#tokens.length && depth > 0) {
      if (this.#isSign(this.#at, '(')) depth += 1;
      if (this.#isSign(this.#at, ')')) depth -= 1;
      this.#at += 1;
    }
    return divide(this.#tokens.slice(start, this.#at - 1));
  }

  /** Returns the rest, divided by its commas. */
  rest(): TokenReader[] {
    return divide(this.#tokens.slice(this.#at));
  }

  /** Returns the names in the next parentheses; an expression is an empty name. */
  columnList(): string[] {
    return this.list().map((part) => {
      const name = part.name();
      return part.takeSign('(') ? '' : name;
    });
  }

  #isWord(at: number, word: string): boolean {
    const token = this.#tokens[at];
    return token?.kind === 'word' && token.text === word;
  }

  #isSign(at: number, sign: string): boolean {
    const token = this.#tokens[at];
    return token?.kind === 'sign' && token.text === sign;
  }
}

function divide(tokens: readonly Token[]): TokenReader[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && token.text === '(') depth += 1;
    if (token.kind === 'sign' && token.text === ')') depth -= 1;
    if (depth === 0 && token.kind === 'sign' && token.text === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.map((part) => new TokenReader(part));
}

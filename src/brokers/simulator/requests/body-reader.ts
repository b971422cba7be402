/** Reads the fields of a body. A value of the wrong kind ends the request; one that makes no sense is for the caller to reject. */

import { isRecord } from '../../../core/shared/json.ts';
import { V20Error, invalidValue } from '../v20-error.ts';
import { parseTime } from '../wire/time.ts';
import type { Fields } from '../v20-error.ts';

const DECIMAL = /^[+-]?\d{1,16}(?:\.\d{1,15})?$/;

/** One object of a body. `null` is as good as absent, except where `isNull` asks. */
export class BodyReader {
  readonly #fields: Fields;
  readonly #path: string;

  /** `path` is how errors name the object: its fields are `path.field`, those of the body itself have no path. */
  constructor(fields: Fields, path = '') {
    this.#fields = fields;
    this.#path = path;
  }

  /** Returns the reader of a request's body; refuses one that is no object, or that lacks all of the `wanted` fields. */
  static of(body: unknown, wanted: readonly string[] = []): BodyReader {
    if (isRecord(body) && (wanted.length === 0 || wanted.some((name) => body[name] !== undefined)))
      return new BodyReader(body);
    throw new V20Error(400, 'The request was missing required data');
  }

  /** Returns whether the field is there and null. */
  isNull(name: string): boolean {
    return this.#fields[name] === null;
  }

  /** Returns text; a number counts as its text, as with OANDA. */
  text(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw this.invalid(name);
  }

  /** Returns the text of a decimal number. */
  decimal(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !DECIMAL.test(text)) throw this.invalid(name);
    return text;
  }

  /** Returns an instant in UTC milliseconds. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const at = parseTime(text);
    if (at === undefined) throw this.invalid(name);
    return at;
  }

  /** Returns what a word means. `errorName` is how the error names the field, where not by its path. */
  word<Meaning>(
    name: string,
    meanings: Readonly<Record<string, Meaning>>,
    errorName?: string,
  ): Meaning | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (Object.hasOwn(meanings, text)) return meanings[text];
    throw errorName === undefined ? this.invalid(name) : invalidValue(errorName);
  }

  /** Returns true or false. */
  flag(name: string): boolean | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.invalid(name);
  }

  /** Returns the reader of an object in the object. */
  part(name: string): BodyReader | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw this.invalid(name);
    return new BodyReader(value, this.#nameOf(name));
  }

  /** Returns those of the named fields that are there, as they were sent. */
  known(names: readonly string[]): Fields {
    return Object.fromEntries(Object.entries(this.#fields).filter(([name]) => names.includes(name)));
  }

  /** Returns the refusal of a field. */
  invalid(name: string): V20Error {
    return invalidValue(this.#nameOf(name));
  }

  #nameOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}

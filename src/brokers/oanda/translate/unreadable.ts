/** What OANDA sends is read once, against a schema. What does not fit is never guessed at. */

import { Compile } from 'typebox/compile';
import type { Static, TSchema } from 'typebox';

/** Something that this server cannot read, and why. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** A transaction that this server cannot read. */
export class UnreadableTransaction extends Unreadable {
  readonly transactionId: number;
  /** In OANDA's words; undefined when it has none. */
  readonly brokerType: string | undefined;

  constructor(transactionId: number, brokerType: string | undefined, cause: Unreadable) {
    super(`transaction ${transactionId} (${brokerType ?? 'without a type'}): ${cause.message}`, { cause });
    this.transactionId = transactionId;
    this.brokerType = brokerType;
  }
}

/** Returns what is read, or undefined when it cannot be. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Returns a reader of values of one shape; it throws Unreadable with the first member that differs. */
export function reader<S extends TSchema>(schema: S): (value: unknown, what: string) => Static<S> {
  // Compiled when it is first needed: a server without OANDA accounts never pays for it.
  let validator: ReturnType<typeof Compile<S>> | undefined;
  return (value, what) => {
    validator ??= Compile(schema);
    if (validator.Check(value)) return value;
    const [first] = validator.Errors(value);
    throw new Unreadable(`${what} cannot be read: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  };
}

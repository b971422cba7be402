/** Broken invariants: bugs, which halt the account they concern instead of being worked around. */

/** An invariant was broken. Carries the wrong values; never shown to users. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} with `message` when `condition` is false. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Marks the end of an exhaustive `switch`: the compiler refuses a case that is left out. */
export function unreachable(value: never): never {
  throw new InvariantError(`A case was not handled: ${JSON.stringify(value)}`);
}

/** Returns `value` unless it is undefined or null, in which case it throws {@link InvariantError}. */
export function present<T>(value: T | undefined | null, what: string): T {
  // Not an assert: that would put its message together each time.
  if (value === undefined || value === null) throw new InvariantError(`${what} is missing`);
  return value;
}

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

/**
 * Returns `value` unless it is undefined or null, in which case it throws {@link InvariantError}. Where that is often asked, `key` says
 * which one is missing: the message is put together only when it is needed.
 */
export function present<T>(value: T | undefined | null, what: string, key?: string | number): T {
  if (value !== undefined && value !== null) return value;
  throw new InvariantError(key === undefined ? `${what} is missing` : `${what} ${key} is missing`);
}

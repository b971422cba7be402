/** Removes what has expired: rows that can no longer be used. Nothing depends on the moment: what has expired is refused by its date. */

/** Something that leaves rows behind when it expires; returns how many were removed. */
export interface Expiring {
  removeExpired(): Promise<number>;
}

/**
 * Lets each remove its own, one after the other, and returns how many there were, in words. One that fails does not keep the others from
 * it; the error then names each that did.
 */
export async function removeExpired(
  expiringByName: Readonly<Record<string, Expiring>>,
  signal: AbortSignal,
): Promise<string> {
  const removed: string[] = [];
  const failures = new Map<string, unknown>();
  for (const [name, expiring] of Object.entries(expiringByName)) {
    signal.throwIfAborted();
    try {
      const count = await expiring.removeExpired();
      if (count > 0) removed.push(`${count} ${name}`);
    } catch (error) {
      failures.set(name, error);
    }
  }
  if (failures.size > 0) {
    const said = [...failures].map(
      ([name, error]) => `${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
    throw new Error(`Not removed: ${said.join('; ')}`, { cause: [...failures.values()][0] });
  }
  return removed.length === 0 ? 'Nothing had expired.' : `Removed ${removed.join(', ')}.`;
}

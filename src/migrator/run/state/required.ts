/** What pending migrations require of each other. */
import type { ManifestEntry } from './manifest.ts';

/** Returns the pending migrations that one requires, themselves or as the squash that stands for them. */
export function pendingRequirements(
  pending: readonly ManifestEntry[],
  { requires = [] }: ManifestEntry,
): ManifestEntry[] {
  return pending.filter(({ name, replaces = [] }) =>
    requires.some((required) => required === name || replaces.includes(required)),
  );
}

/** Returns the names of the contracts without which one of these migrations, or a contract that it requires, cannot run. */
export function neededContracts(
  pending: readonly ManifestEntry[],
  wanted: readonly ManifestEntry[],
): Set<string> {
  const needed = new Set(wanted);
  // A set that grows while it is walked is walked to its end.
  for (const entry of needed)
    for (const required of pendingRequirements(pending, entry)) needed.add(required);
  return new Set([...needed].filter(({ phase }) => phase === 'contract').map(({ name }) => name));
}

/** Finds what a person may have meant by a name that does not exist. */

const ENOUGH = 3;

/** Returns the known names that have most in common with `text`, best first. */
export function nearestNames(known: readonly string[], text: string): string[] {
  const words = text.toLowerCase();
  return known
    .toSorted((a, b) => likeness(b.toLowerCase(), words) - likeness(a.toLowerCase(), words))
    .slice(0, ENOUGH);
}

/** How many pairs of neighbouring letters the two have in common. */
function likeness(name: string, text: string): number {
  const pairs = new Set(pairsOf(name));
  return pairsOf(text).filter((pair) => pairs.has(pair)).length;
}

function pairsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, index) => text.slice(index, index + 2));
}

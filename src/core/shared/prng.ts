/** Seeded randomness: the same seed gives the same numbers on every machine. */

/**
 * Returns a 32-bit hash of three whole numbers, well mixed in every bit (the finaliser of MurmurHash3).
 * The same numbers always give the same hash.
 */
export function hash32(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Returns a 32-bit FNV-1a hash of the text's UTF-16 code units, started from `seed`. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let h = seed;
  for (let index = 0; index < text.length; index += 1) {
    h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  }
  return h >>> 0;
}

/** Returns a generator of numbers in [0, 1) (mulberry32), determined by `seed` alone. */
export function createPrng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

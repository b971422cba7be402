/** Fractal value noise: a random walk without memory, so that its value at any time is known without walking there. */

import { hash32 } from '../../core/shared/prng.ts';

/** Which walk is meant: the same seed and stream always give the same one. */
export interface NoiseStream {
  readonly seed: number;
  readonly stream: number;
}

const SHORTEST_PERIOD_MS = 1_000;
/** Periods double from a second to 97 days; above that the walk stays where it is, so that prices keep near their level for ever. */
const OCTAVES = 24;
const STREAM_SPACING = 64; // more than there are octaves, so that no two streams share a hash
const PHASE_LATTICE = -1;

/**
 * Returns the walk at time `atMs`, in units of its typical change over one day. Each octave is noise with the next longer period
 * and an amplitude that grows with the root of the period; that makes changes grow with the root of time, as prices' do.
 */
export function fractalNoise({ seed, stream }: NoiseStream, atMs: number): number {
  let sum = 0;
  for (let octave = 0; octave < OCTAVES; octave += 1) {
    const channel = stream * STREAM_SPACING + octave;
    // Without a phase of their own all octaves would stand still together wherever their lattices meet.
    const phase = uniform(seed, channel, PHASE_LATTICE);
    const steps = atMs / (SHORTEST_PERIOD_MS * 2 ** octave) + phase;
    sum += (AMPLITUDES[octave] ?? 0) * valueNoise(seed, channel, steps);
  }
  return sum;
}

// Measured, not derived: with it the root mean square of changes over 24 hours is one.
const DAILY_SCALE = 0.79;
const AMPLITUDES = Array.from(
  { length: OCTAVES },
  (_, octave) => DAILY_SCALE * Math.sqrt((SHORTEST_PERIOD_MS * 2 ** octave) / 86_400_000),
);

/** Noise in [-1, 1) that has a random value at every whole number and goes smoothly from one to the next. */
function valueNoise(seed: number, channel: number, steps: number): number {
  const lattice = Math.floor(steps);
  const fraction = steps - lattice;
  const from = uniform(seed, channel, lattice);
  const to = uniform(seed, channel, lattice + 1);
  const smooth = fraction * fraction * (3 - 2 * fraction);
  return 2 * (from + (to - from) * smooth) - 1;
}

/** Returns a number in [0, 1) determined by its arguments alone. */
export function uniform(seed: number, channel: number, index: number): number {
  return hash32(seed, channel, index) / 4_294_967_296;
}

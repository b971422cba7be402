/** What is asked of the drill. */
import { parseArgs } from 'node:util';
import { Misuse } from '../say.ts';

export interface ChaosOptions {
  /** How often the server is ended. */
  readonly kills: number;
  /** How many requests under keys are made. */
  readonly orders: number;
  readonly seed: number;
  /** After how many of the kills the server stays away until leases end. */
  readonly absences: number;
}

/** In shorter runs chance leaves out some of what shall happen. */
const LONG_RUN_KILLS = 50;

/** Whether everything that the drill can do must have happened in such a run. */
export function isLong({ kills }: Pick<ChaosOptions, 'kills'>): boolean {
  return kills >= LONG_RUN_KILLS;
}

/** An absence takes as long as four lives: a few of them are enough. */
const KILLS_PER_ABSENCE = 40;

export function readOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: 'string', default: '20' },
      orders: { type: 'string', default: '400' },
      seed: { type: 'string', default: '1' },
      absences: { type: 'string' },
    },
  });
  const kills = wholeNumber('--kills', values.kills);
  return {
    kills,
    absences:
      values.absences === undefined
        ? Math.floor(kills / KILLS_PER_ABSENCE)
        : wholeNumber('--absences', values.absences),
    orders: wholeNumber('--orders', values.orders),
    seed: wholeNumber('--seed', values.seed),
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Misuse(`${name} was ${text}; a whole number was expected.`);
}

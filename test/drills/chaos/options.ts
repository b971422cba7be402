/** What is asked of the drill. */
import { parseArgs } from 'node:util';

export interface ChaosOptions {
  /** How often the server is ended. */
  readonly kills: number;
  /** How many requests under keys are made. */
  readonly orders: number;
  readonly seed: number;
}

export function readOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kills: { type: 'string', default: '20' },
      orders: { type: 'string', default: '400' },
      seed: { type: 'string', default: '1' },
    },
  });
  return {
    kills: wholeNumber('--kills', values.kills),
    orders: wholeNumber('--orders', values.orders),
    seed: wholeNumber('--seed', values.seed),
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} was ${text}; a whole number was expected.`);
}

import type { Log } from '../process/log.ts';

/** The log of commands: what they have to say they print, and what fails they throw. */
export const quietLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

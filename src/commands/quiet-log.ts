import type { Log } from '../process/log.ts';

/** The log of commands, which logs nothing: commands print results and throw failures. */
export const quietLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

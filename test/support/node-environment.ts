/** The environment of the processes that tests start on this version's sources: a start is most of what they do. */
import { COMPILE_CACHE } from './compile-cache.ts';
import { PROGRAMS_PRELOAD } from './large-files.ts';

/** Named and not imported: it changes the process that loads it. */
export const QUICK_PASSWORD_HASHES = new URL('./quick-password-hashes.ts', import.meta.url).href;

export const ONE_DISCOVERY = new URL('./one-discovery.ts', import.meta.url).href;

/**
 * Words for Node before the program, which it takes on its command line only: room for the young objects of a start. In the room that Node
 * begins with they are collected eight times; that is a tenth of a start's processor time.
 */
export const NODE_WORDS = ['--min-semi-space-size=16'];

export const NODE_ENVIRONMENT = {
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  NODE_OPTIONS: `--import=${PROGRAMS_PRELOAD} --import=${QUICK_PASSWORD_HASHES}`,
};

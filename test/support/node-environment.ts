/** The environment of the processes that tests start on this version's sources: a start is most of what they do. */
import { COMPILE_CACHE } from './compile-cache.ts';
import { PROGRAMS_PRELOAD } from './large-files.ts';

/** Named and not imported: it changes the process that loads it. */
export const QUICK_PASSWORD_HASHES = new URL('./quick-password-hashes.ts', import.meta.url).href;

export const ONE_DISCOVERY = new URL('./one-discovery.ts', import.meta.url).href;

export const NODE_ENVIRONMENT = {
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  NODE_OPTIONS: `--import=${PROGRAMS_PRELOAD} --import=${QUICK_PASSWORD_HASHES}`,
};

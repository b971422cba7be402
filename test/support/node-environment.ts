/** The environment of the processes that tests start on this version's sources: a start is most of what they do. */
import { COMPILE_CACHE } from './compile-cache.ts';
import { PRELOAD } from './packages-in-one-file.ts';

export const NODE_ENVIRONMENT = {
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  NODE_OPTIONS: `--import=${PRELOAD}`,
};

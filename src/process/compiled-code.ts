/**
 * Code that Node has compiled once, kept for the next start of this or another process: without it, stripping the types and compiling
 * are half of a start.
 */

import { constants, enableCompileCache } from 'node:module';
import { join } from 'node:path';

/** Beside the packages: anyone who can write there can change the code itself. */
const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/compiled');

/**
 * Keeps what is compiled from now on in `folder`, in this process and its worker threads, unless `NODE_COMPILE_CACHE` names another or
 * `NODE_DISABLE_COMPILE_CACHE` is set. Where it cannot be written, nothing is kept.
 */
export function keepCompiledCode(folder = FOLDER): void {
  const { status } = enableCompileCache(folder);
  // Threads look here.
  if (status === constants.compileCacheStatus.ENABLED) process.env['NODE_COMPILE_CACHE'] = folder;
}

/** Where the processes that tests start keep their compiled code: a start is most of what they do. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const COMPILE_CACHE = join(tmpdir(), 'auto-forex-compile-cache');

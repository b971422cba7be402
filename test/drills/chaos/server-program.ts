/**
 * The server of the drill, a process of its own: as `src/main.ts` starts it, except that it waits for less time, and begins when it is
 * written a line: its code is read by then.
 */
import { once } from 'node:events';
import { startServer } from '../../../src/server/compose.ts';
import { readConfig } from '../../../src/server/config.ts';
import { createLog } from '../../../src/server/log.ts';
import { aborted, stopSignal } from '../../../src/server/stop-signal.ts';
import { PACE } from './pace.ts';

await once(process.stdin, 'data');
process.stdin.destroy();
const config = readConfig(process.env);
const log = createLog({ level: config.LOG_LEVEL, stream: undefined });
const signal = stopSignal();
try {
  const server = await startServer(config, { log, signal, pace: PACE });
  log.info({ address: server?.address }, 'ready');
  await Promise.race([aborted(signal), server?.failed]);
} catch (error) {
  log.fatal({ err: error }, 'the server could not continue');
  process.exitCode = 1;
}
process.exit();

/** What the server's process says of itself when it is asked: the counterpart of the probe that is loaded into it. */
import { until } from '../../support/until.ts';
import { PROBE } from './probe-name.ts';
import type { ServerProcess } from '../../support/server-process.ts';

/** What the probe logs. */
export interface Probed {
  readonly time: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly longestMs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly cpuMs: number;
}

/** Asks the server's process what it has come to. */
export async function probe(server: ServerProcess): Promise<Probed> {
  const known = server.said(PROBE).length;
  process.kill(server.pid, 'SIGUSR2');
  const line = await until('the server says what it has come to', () => server.said(PROBE)[known]);
  return line as unknown as Probed;
}

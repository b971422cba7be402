/** The calls to a watcher outside, where the settings name one. */

import { AlivePing } from '../operations/alive-ping.ts';
import type { AlivePingParts } from '../operations/alive-ping.ts';
import type { Config } from './config.ts';

export interface AlivePingStart extends Pick<AlivePingParts, 'isAlive' | 'log'> {
  readonly config: Pick<Config, 'ALIVE_PING_URL' | 'ALIVE_PING_SECONDS'>;
}

/** Starts them; they end with the stack. */
export function startAlivePing({ config, ...parts }: AlivePingStart, stack: AsyncDisposableStack): void {
  const { ALIVE_PING_URL: url, ALIVE_PING_SECONDS: seconds } = config;
  if (url === undefined) return;
  const ping = new AlivePing({ ...parts, url, everyMs: seconds * 1_000 });
  ping.start();
  stack.defer(() => ping.stop());
}

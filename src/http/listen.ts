/** Binds the port, says where the server can be reached, and releases the port. */

import { StartFailure } from '../core/shared/start-failure.ts';
import type { App } from './route.ts';

/** Listens and returns the address for people; StartFailure `configuration-invalid` when the port or address is not available. */
export async function listen(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new StartFailure(
      'configuration-invalid',
      `${host}:${port} cannot be listened on: ${reasonOf(cause)}`,
      {},
      { cause },
    );
  }
  const address = app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${boundPort}`;
}

/** Requests that were begun have this long to be answered; then their connections are cut, so that a stop always ends. */
const CLOSE_WITHIN_MS = 10_000;

/** Answers what was begun and closes the port. */
export async function closeApp(app: App): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return 'another program listens there. Stop it, or set PORT to another number.';
  if (code === 'EACCES') return 'the server may not use that port. Set PORT to a number above 1023.';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have that address. Correct HOST.';
  return cause instanceof Error ? cause.message : 'unknown';
}

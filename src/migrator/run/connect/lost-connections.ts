/**
 * Connections that end while they are used. The query builder keeps one whose transaction cannot be rolled back any more, so each
 * connection that was lost in a transaction would cost the pool a place until the server ends, and the pool could never be closed.
 */

/** A connection of the pool. While it is used, `release` gives it back; it can be called once. */
export interface PooledClient {
  /** Says goodbye, or ends at once when an answer is waited for. */
  end(): Promise<void>;
  once(event: 'end', listener: () => void): unknown;
  release?: (isBroken?: boolean) => void;
}

/** What is used of `pg`'s pool. */
export interface ClientPool {
  /** It is being closed: it waits for the connections that are used. */
  readonly ending: boolean;
  on(event: 'connect' | 'acquire' | 'remove', listener: (client: PooledClient) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: PooledClient) => void): unknown;
}

/** Gives the place of a connection back to the pool as soon as it ends while it is used. */
export function giveBackLostConnections(pool: ClientPool): void {
  const inUse = new WeakSet<PooledClient>();
  pool.on('acquire', (client) => void inUse.add(client));
  pool.on('release', (_error, client) => void inUse.delete(client));
  pool.on('connect', (client) => {
    // The query builder has let go of a pool that is ending: it fails on a new connection without giving it back, and the pool would never end.
    if (pool.ending) queueMicrotask(() => client.release?.(true));
    client.once('end', () => {
      if (!inUse.has(client)) return;
      client.release?.(true);
      // Its user may give it back too, which the pool would refuse.
      client.release = () => undefined;
    });
  });
}

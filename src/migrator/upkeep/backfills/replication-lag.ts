/** How far replicas are behind, for work that can wait until they have caught up. */
import type { Query } from '../../run/connect/query.ts';

/** Returns by how much the slowest connected replica is behind; 0 without replicas, and where the role may not see them. */
export async function replicationLagMs(query: Query): Promise<number> {
  const [row] = await query<{ lag_ms: number }>(
    `select coalesce(max(extract(epoch from replay_lag)) * 1000, 0)::int as lag_ms from pg_stat_replication`,
  );
  return row?.lag_ms ?? 0;
}

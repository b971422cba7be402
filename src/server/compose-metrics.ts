/** The metrics of the server, where the settings ask for them. What makes them is not even loaded otherwise. */

import { registerMetricsRoute } from '../operations/metrics/metrics-routes.ts';
import { QueueDepthStore } from '../operations/metrics/queue-depth-store.ts';
import { readManifest } from '../migrator/index.ts';
import { VERSION } from './version.ts';
import type { HttpDependencies } from '../http/app.ts';
import type { MetricSources } from '../operations/metrics/metric-sources.ts';
import type { ServerMetrics } from '../operations/metrics/server-metrics.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Project } from '../migrator/index.ts';
import type { Config } from './config.ts';

/** Returns the metrics, which stop with the stack; undefined where no one may read them. */
export async function openMetrics(
  { METRICS_TOKEN }: Pick<Config, 'METRICS_TOKEN'>,
  stack: AsyncDisposableStack,
): Promise<ServerMetrics | undefined> {
  if (METRICS_TOKEN === undefined) return undefined;
  const { ServerMetrics } = await import('../operations/metrics/server-metrics.ts');
  const metrics = new ServerMetrics();
  stack.defer(() => metrics.stop());
  return metrics;
}

export interface MetricsParts extends Omit<MetricSources, 'version' | 'queues'> {
  readonly metrics: ServerMetrics | undefined;
  readonly token: string | undefined;
  readonly orm: Orm;
  readonly project: Project;
}

/** Returns what the HTTP server does about metrics: it counts its answers, and has a route that shows all. */
export function servedMetrics({
  metrics,
  token,
  orm,
  project,
  ...parts
}: MetricsParts): Pick<HttpDependencies, 'probes' | 'onAnswered'> {
  if (!metrics || token === undefined) return {};
  const migrations = async (): Promise<readonly string[]> =>
    (await readManifest(project.folder)).migrations.map(({ name }) => name);
  const sources = {
    ...parts,
    version: VERSION,
    queues: new QueueDepthStore({ orm, migrations, clock: () => Date.now() }),
  };
  const { contentType } = metrics;
  const read = (): Promise<string> => metrics.text(sources);
  return {
    onAnswered: (answered) => metrics.answered(answered),
    probes: [(app) => registerMetricsRoute(app, { token, contentType, read })],
  };
}

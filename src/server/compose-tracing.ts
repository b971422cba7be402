/** The traces of the server, where the settings name a collector. What makes them is not even loaded otherwise. */

import { VERSION } from './version.ts';
import type { OpenTelemetryTracing } from '../process/open-telemetry.ts';
import type { Config } from './config.ts';

/** Returns what records traces, and stops with the stack; undefined where no one collects them. */
export async function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT'>,
  stack: AsyncDisposableStack,
): Promise<OpenTelemetryTracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { OpenTelemetryTracing } = await import('../process/open-telemetry.ts');
  const tracing = new OpenTelemetryTracing({ endpoint, version: VERSION });
  stack.defer(() => tracing.stop());
  return tracing;
}

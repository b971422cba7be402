/** A collector of traces that takes none: it keeps the server from nothing. */

import { expect, it } from 'vitest';
import { OpenTelemetryTracing } from '../../src/process/open-telemetry.ts';
import { openReceiver } from '../support/receiver.ts';

const collector = await openReceiver();

/** Records a request and stops; returns after how many ms. */
async function stopAfterRequest(endpoint: string): Promise<number> {
  const tracing = new OpenTelemetryTracing({ endpoint, version: '1' });
  tracing.openRequest('GET /', undefined).end(200);
  const from = performance.now();
  await tracing.stop();
  return performance.now() - from;
}

it.each([
  ['refuses', { status: 400 }],
  ['cannot take more', { status: 503 }],
  ['does not answer', 'never'],
] as const)('that %s ends no stop with an error, and does not hold it up', async (name, answer) => {
  const path = `/${encodeURIComponent(name)}`;
  collector.answers.set(path, answer);

  expect(await stopAfterRequest(`${collector.url}${path}`)).toBeLessThan(4_000);
  expect(collector.at(`${path}/v1/traces`)).not.toEqual([]);
  collector.release();
});

it('that is gone ends no stop with an error', async () => {
  expect(await stopAfterRequest('http://127.0.0.1:1')).toBeLessThan(4_000);
});

/** A collector of traces that takes none: it keeps the server from nothing. */

import { expect, it } from 'vitest';
import { OpenTelemetryTracing } from '../../src/process/open-telemetry.ts';
import { openReceiver } from '../support/receiver.ts';

/** What ends a stop before is not that the collector is given up. */
const LONGER_THAN_ANY_TEST_MS = 3_600_000;

const collector = await openReceiver();

/** Records a request, which is sent at the stop, and stops. */
async function stopAfterRequest(endpoint: string): Promise<void> {
  const tracing = new OpenTelemetryTracing({
    endpoint,
    version: '1',
    sendTimeoutMs: LONGER_THAN_ANY_TEST_MS,
  });
  tracing.openRequest('GET /', undefined).end(200);
  await tracing.stop();
}

it.each([
  ['refuses', { status: 400 }],
  ['cannot take more', { status: 503 }],
  ['does not answer', 'never'],
] as const)('that %s ends no stop with an error, and does not hold it up', async (name, answer) => {
  const path = `/${encodeURIComponent(name)}`;
  collector.answers.set(path, answer);

  await stopAfterRequest(`${collector.url}${path}`);

  expect(collector.at(`${path}/v1/traces`)).not.toEqual([]);
  collector.release();
});

it('that is gone ends no stop with an error', async () => {
  await expect(stopAfterRequest('http://127.0.0.1:1')).resolves.toBeUndefined();
});

/** The documents of the API as the code makes them: OpenAPI for HTTP, AsyncAPI for the WebSocket. They need no database and no server. */

import { createApp } from '../../src/http/app.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { StartProgress } from '../../src/http/readiness.ts';
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { createLog } from '../../src/server/log.ts';
import { apiRoutes } from '../../src/server/routes.ts';
import { VERSION } from '../../src/server/version.ts';
import { asyncApiOf } from '../../src/stream/async-api.ts';
import type { HttpDependencies } from '../../src/http/app.ts';
import type { RouteDependencies } from '../../src/server/routes.ts';

/** Where the server is when nothing else is set. */
const PUBLIC_URL = 'http://127.0.0.1:8000';

/** The committed documents, below `docs/api`, with what makes each. */
export const DOCUMENTS = {
  'openapi.json': openApi,
  'asyncapi.json': () => asyncApiOf({ version: VERSION, publicUrl: PUBLIC_URL, channels: CHANNEL_FRAMES }),
};

async function openApi() {
  const routes = apiRoutes(
    withoutServices<RouteDependencies>({ publicUrl: PUBLIC_URL, rateLimits: RATE_LIMITS, strategyTypes: [] }),
  );
  const dependencies = withoutServices<HttpDependencies>({
    log: createLog({ level: 'error', stream: process.stderr }),
    config: { publicUrl: PUBLIC_URL, trustedProxies: [], rateLimits: RATE_LIMITS, version: VERSION },
    readiness: new StartProgress(() => true),
    probes: [],
    routes,
  });
  const app = await createApp(dependencies);
  await app.ready();
  const { document } = await app.describeRoutes();
  await app.close();
  return document;
}

/** Routes keep their services and use none before a request comes: what is not given is there, and empty. */
function withoutServices<Services extends object>(given: Partial<Services> = {}): Services {
  return new Proxy(given, {
    get: (target, name) => Reflect.get(target, name) ?? withoutServices(),
  }) as Services;
}

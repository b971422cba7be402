/** Routes whose bodies may be left out altogether: nothing sent is an empty object, in the route and in the description. */

import { listOf } from './hooks-of-route.ts';
import type { App } from './route.ts';

interface Described {
  readonly paths?: object | undefined;
}

/** Takes bodies that were left out as empty, and returns what says so in a description of the routes that are added after it. */
export function takeOptionalBodies(
  app: App,
): <Description extends Described>(made: Description) => Description {
  const operationIds = new Set<unknown>();
  app.addHook('onRoute', (route) => {
    if (route.config?.isBodyOptional !== true) return;
    operationIds.add(route.schema?.operationId);
    route.preValidation = [
      async (request) => {
        request.body ??= {};
      },
      ...listOf(route.preValidation),
    ];
  });
  return (made) => {
    for (const methods of Object.values(made.paths ?? {}) as readonly object[])
      for (const operation of Object.values(methods) as readonly unknown[])
        if (isRequest(operation) && operationIds.has(operation.operationId))
          operation.requestBody = { ...operation.requestBody, required: false };
    return made;
  };
}

function isRequest(value: unknown): value is { readonly operationId: unknown; requestBody: object } {
  return typeof value === 'object' && value !== null && 'operationId' in value && 'requestBody' in value;
}

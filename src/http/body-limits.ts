/** How large the body of a request may be. It is read and checked on the thread that trades for everyone. */

import type { App } from './route.ts';

/** What a route takes that says nothing else: a strategy with its parameters, some kilobytes. */
export const BODY_BYTES = 16 * 1024;
/** Routes that anyone may call: an e-mail address and the longest password in any script. */
const PUBLIC_BODY_BYTES = 2 * 1024;
/** Requests that trade: the largest order has some hundred bytes. */
export const ORDER_BODY_BYTES = 4 * 1024;
/** Requests with a list of up to a thousand things, such as news windows or e-mail addresses. */
export const LIST_BODY_BYTES = 128 * 1024;

/** Limits the bodies of public routes; any other route may state a limit of its own as `bodyLimit`. */
export function limitPublicBodies(app: App): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.access === 'public') route.bodyLimit ??= PUBLIC_BODY_BYTES;
  });
}

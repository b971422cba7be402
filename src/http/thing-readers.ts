/** Finds how the thing that a route changes is read: by the GET that shows it. */

import { principalOf } from './authenticate.ts';
import { isRecord } from '../core/shared/json.ts';
import { API_PREFIX } from './route.ts';
import type { FastifyContextConfig, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify';

interface Getter {
  readonly handler: RouteHandlerMethod;
  readonly isList: boolean;
  /** A page, or what a filter lets through, may lack the thing. */
  readonly hasQuery: boolean;
}

/** The GET routes of an app. */
export class ThingReaders {
  readonly #getters = new Map<string, Getter>();

  add({ url, handler, schema }: RouteOptions): void {
    const answers = (schema?.response ?? {}) as Readonly<Record<string, { readonly properties?: object }>>;
    this.#getters.set(url, {
      handler,
      isList: 'items' in (answers['200']?.properties ?? {}),
      hasQuery: schema?.querystring !== undefined,
    });
  }

  /**
   * Returns what reads the thing that requests of a path change: what the route says, else the GET of the path or of the nearest one above it
   * that shows one thing, else the list of all such things.
   */
  ofThing(url: string, { thingOf }: FastifyContextConfig): RouteHandlerMethod | undefined {
    if (thingOf) return (request) => thingOf(lastParameter(request), principalOf(request).userId);
    for (let path = url; path.length > API_PREFIX.length; path = parentOf(path)) {
      const getter = this.#getters.get(path);
      if (getter && !getter.isList) return getter.handler;
      if (path.slice(parentOf(path).length).startsWith('/:')) return this.#ofList(parentOf(path));
    }
    return undefined;
  }

  #ofList(path: string): RouteHandlerMethod | undefined {
    const list = this.#getters.get(path);
    if (!list?.isList || list.hasQuery) return undefined;
    return async function ofList(request, reply) {
      const name = lastParameter(request);
      const { items } = (await list.handler.call(this, request, reply)) as {
        readonly items: readonly unknown[];
      };
      return items.find((item) => isRecord(item) && (item['id'] === name || item['name'] === name));
    };
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function lastParameter({ params }: FastifyRequest): string {
  return Object.values(params as Readonly<Record<string, string>>).at(-1) ?? '';
}

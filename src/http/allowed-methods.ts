/** Distinguishes an unknown path from an unsupported method. */

import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import type { App } from './route.ts';

/** Answers requests that no route takes: 405 with the methods there are, or 404. Call it before routes are added. */
export function refuseUnknownAddresses(app: App): void {
  const methodsByPattern = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPattern.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByPattern.set(url, methods);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = allowedMethods(methodsByPattern, request);
    if (allowed.length === 0) throw new Problem('not-found', 'There is no such address.');
    void reply.header('allow', allowed.join(', '));
    throw new Problem('method-not-allowed', `This address allows ${allowed.join(', ')}.`);
  });
}

function allowedMethods(
  methodsByPattern: ReadonlyMap<string, ReadonlySet<string>>,
  request: FastifyRequest,
): string[] {
  const [path = ''] = request.url.split('?', 1);
  const matching = [...methodsByPattern].filter(([pattern]) => matches(pattern, path));
  return [...new Set(matching.flatMap(([, methods]) => [...methods]))].sort();
}

/** Routes here have whole segments as parameters, and a wildcard only at the end. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const found = path.split('/');
  if (wanted.at(-1) === '*')
    return (
      found.length >= wanted.length &&
      matches(wanted.slice(0, -1).join('/'), found.slice(0, wanted.length - 1).join('/'))
    );
  return (
    wanted.length === found.length &&
    wanted.every((segment, index) => segment.startsWith(':') || segment === found[index])
  );
}

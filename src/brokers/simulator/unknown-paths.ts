/** Distinguishes a path that there is not from a method that a path does not have. */

import type { FastifyInstance } from 'fastify';
import { V20Error } from './v20-error.ts';

/** Answers what no route takes: 405 or 404. Call it before routes are added. */
export function refuseUnknownPaths(app: FastifyInstance): void {
  const patterns = new Set<string>();
  app.addHook('onRoute', ({ url }) => {
    patterns.add(url);
  });
  app.setNotFoundHandler((request) => {
    const [path = ''] = request.url.split('?', 1);
    const isKnown = [...patterns].some((pattern) => matches(pattern, path.replace(/\/$/, '')));
    if (isKnown) throw new V20Error(405, 'The method of the request is not allowed for this endpoint.');
    throw new V20Error(404, 'The endpoint of the request does not exist.');
  });
}

/** Routes here have whole segments as parameters. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const found = path.split('/');
  return (
    wanted.length === found.length &&
    wanted.every((segment, index) => segment.startsWith(':') || segment === found[index])
  );
}

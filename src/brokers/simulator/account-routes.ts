/** `/accounts`: what accounts there are, and what they hold. */

import type { FastifyInstance } from 'fastify';
import type { Simulator } from './simulator.ts';

export function registerAccountRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.get('/accounts', () => ({
    accounts: simulator.accounts.map(({ spec }) => ({ id: spec.id, tags: [] })),
  }));
}

/** Blocked addresses, for administrators. */

import { Type } from 'typebox';
import { RANGE_LENGTH } from '../address-range.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import {
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  lineOfText,
  orNull,
  parseInstant,
} from '../../http/values.ts';
import { administratorOf } from './user-admin-routes.ts';
import { listSchema } from '../../http/pagination.ts';
import type { App } from '../../http/route.ts';
import type { BlockedIp } from '../blocked-ip-store.ts';
import type { AddressAdmin } from './address-admin.ts';

export interface BlockedIpRouteDependencies {
  readonly addressAdmin: AddressAdmin;
}

const BlockView = namedObject('BlockedIp', {
  id: Id,
  ipAddress: Type.String({ examples: ['192.0.2.0/24'] }),
  reason: Type.String(),
  blockedAt: Instant,
  blockedUntil: orNull({ ...Instant, description: 'Null is for ever.' }),
});

const BlockBody = namedObject(
  'NewBlockedIp',
  {
    ipAddress: Type.String({
      maxLength: RANGE_LENGTH,
      description: 'An address or a range.',
      examples: ['192.0.2.1', '2001:db8::/64'],
    }),
    reason: lineOfText(500, 'Why it is blocked; the journal keeps it.'),
    blockedUntil: Type.Optional({ ...Instant, description: 'For ever when left out.' }),
  },
  { additionalProperties: false, examples: [{ ipAddress: '203.0.113.0/24', reason: 'Tries passwords.' }] },
);

const tags = ['admin'];

export function registerBlockedIpRoutes(app: App, { addressAdmin }: BlockedIpRouteDependencies): void {
  app.get('/admin/blocked-ips', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listBlockedIps',
      summary: 'Blocked addresses and ranges, newest first',
      tags,
      response: { 200: listSchema(BlockView) },
    },
    handler: async () => ({ items: (await addressAdmin.list()).map(blockView) }),
  });

  app.post('/admin/blocked-ips', {
    config: { access: 'admin', isIdempotent: true, problems: ['conflict'] },
    schema: {
      operationId: 'blockIp',
      summary: 'Refuse an address or a range everywhere, open WebSockets included',
      description: 'A block of the same address or range is replaced.',
      tags,
      body: BlockBody,
      response: { 201: BlockView },
    },
    handler: async (request, reply) => {
      const { blockedUntil, ...block } = request.body;
      const made = await addressAdmin.block(
        { ...block, id: request.reservedId, blockedUntil: parseInstant(blockedUntil) },
        administratorOf(request),
      );
      return reply.code(201).send(blockView(made));
    },
  });

  app.delete('/admin/blocked-ips/:id', {
    config: { access: 'admin', problems: ['not-found'] },
    schema: {
      operationId: 'unblockIp',
      summary: 'Lift a block',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await addressAdmin.unblock(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });
}

function blockView({ id, ipAddress, reason, blockedAt, blockedUntil }: BlockedIp) {
  return {
    id,
    ipAddress,
    reason,
    blockedAt: instantText(blockedAt),
    blockedUntil: instantTextOrNull(blockedUntil),
  };
}

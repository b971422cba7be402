/** Lists of orders and trades: which are asked for, the newest first, and where the next are. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { queryList, queryText, queryWhole } from './read-query.ts';
import { invalidValue } from './v20-error.ts';
import type { Instruments } from '../../core/domain/instruments.ts';

const DEFAULT_COUNT = 50;
const LARGEST_COUNT = 500;

/** What can be listed. */
interface Listed {
  readonly id: number;
  readonly instrument: string;
}

/** Returns those that the request's parameters ask for; the answer gets a `Link` to the next when there are more. */
export function listed<Item extends Listed>(
  items: readonly Item[],
  instruments: Instruments,
  request: FastifyRequest,
  reply: FastifyReply,
): readonly Item[] {
  const count = queryWhole(request, 'count') ?? DEFAULT_COUNT;
  if (count < 1) throw invalidValue('count');
  if (count > LARGEST_COUNT) throw invalidValue('count', "Maximum value for 'count' exceeded");
  const ids = queryList(request, 'ids');
  if (ids?.some((id) => !/^\d{1,15}$/.test(id))) throw invalidValue('ids');
  const instrument = queryText(request, 'instrument');
  if (instrument !== undefined && !instruments.find(instrument)) throw invalidValue('instrument');
  const beforeId = queryWhole(request, 'beforeID') ?? Infinity;
  const wanted = items
    .filter(
      (item) =>
        item.id <= beforeId &&
        (instrument === undefined || item.instrument === instrument) &&
        (ids === undefined || ids.includes(String(item.id))),
    )
    .sort((a, b) => b.id - a.id);
  const next = wanted[count];
  if (next) void reply.header('Link', `<${nextAddress(request, next.id)}>; rel="next"`);
  return wanted.slice(0, count);
}

/** The same filters, from the first that is not shown: `beforeID` includes itself. */
function nextAddress(request: FastifyRequest, beforeId: number): string {
  const address = new URL(request.url, `${request.protocol}://${request.host}`);
  address.searchParams.set('beforeID', String(beforeId));
  return address.href;
}

/** `/accounts/…/transactions`: the log of an account, in pages, by number and by range. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { V20Error, invalidValue } from './v20-error.ts';
import { pathText, requestedAccount } from './requested-account.ts';
import { queryList, queryTime, queryWhole, requiredText } from './read-query.ts';
import { isTypeFilter, matchesType } from './transaction-filter.ts';
import { WireTime } from './wire/time.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { WireTransaction } from './wire/translation.ts';

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE_SIZE = 1_000;

const DAY_MS = 86_400_000;
// OANDA's page says that `from` is the account's beginning when left out; what clients see is about a week.
const DEFAULT_SPAN_MS = 7 * DAY_MS;
const LONGEST_SPAN_MS = 365 * DAY_MS;

export function registerTransactionRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.get('/accounts/:accountID/transactions', (request) => {
    const account = requestedAccount(simulator, request);
    return listPages(account, request, simulator.now());
  });

  api.get('/accounts/:accountID/transactions/idrange', (request) => {
    const account = requestedAccount(simulator, request);
    const from = requiredWhole(request, 'from');
    const to = requiredWhole(request, 'to');
    if (from < 1 || from > to || to > account.lastTransactionId) throw impossibleRange();
    return answer(account, request, from, to);
  });

  api.get('/accounts/:accountID/transactions/sinceid', (request) => {
    const account = requestedAccount(simulator, request);
    const id = requiredWhole(request, 'id');
    if (id > account.lastTransactionId) throw impossibleRange();
    return answer(account, request, id + 1, account.lastTransactionId);
  });

  api.get('/accounts/:accountID/transactions/:transactionID', (request) => {
    const account = requestedAccount(simulator, request);
    const text = pathText(request, 'transactionID');
    if (!/^\d{1,15}$/.test(text)) throw invalidValue('transactionID');
    const transaction = account.log[Number(text) - 1];
    const lastTransactionID = String(account.lastTransactionId);
    if (!transaction)
      throw new V20Error(404, 'The transaction ID specified does not exist', undefined, {
        lastTransactionID,
      });
    return { transaction, lastTransactionID };
  });
}

function answer(account: SimulatorAccount, request: FastifyRequest, from: number, to: number): unknown {
  const types = typesOf(request);
  const transactions = account.log
    .slice(from - 1, to)
    .filter((transaction) => matchesType(transaction, types));
  return { transactions, lastTransactionID: String(account.lastTransactionId) };
}

/** The pages are addresses of ranges: the transactions themselves are fetched from there. */
function listPages(account: SimulatorAccount, request: FastifyRequest, now: number): unknown {
  const to = queryTime(request, 'to') ?? now;
  const from = queryTime(request, 'from') ?? Math.min(to, now) - DEFAULT_SPAN_MS;
  const pageSize = queryWhole(request, 'pageSize') ?? DEFAULT_PAGE_SIZE;
  if (pageSize < 1 || pageSize > LARGEST_PAGE_SIZE)
    throw new V20Error(400, 'The specified page size is invalid', 'INVALID_PAGESIZE');
  if (from > to || to - from > LONGEST_SPAN_MS) throw impossibleRange();
  const types = typesOf(request);
  const found = account.log.filter(
    (transaction) =>
      transaction.time.at >= from && transaction.time.at <= to && matchesType(transaction, types),
  );
  return {
    from: new WireTime(from),
    to: new WireTime(to),
    pageSize,
    ...(types && { type: types }),
    count: found.length,
    pages: pageAddresses(request, found, pageSize, types),
    lastTransactionID: String(account.lastTransactionId),
  };
}

function pageAddresses(
  request: FastifyRequest,
  found: readonly WireTransaction[],
  pageSize: number,
  types: readonly string[] | undefined,
): readonly string[] {
  const [path = ''] = request.url.split('?', 1);
  const base = `${request.protocol}://${request.host}${path.replace(/\/$/, '')}/idrange`;
  const filter = types ? `&type=${types.join('%2C')}` : '';
  const addresses: string[] = [];
  for (let first = 0; first < found.length; first += pageSize) {
    const last = Math.min(first + pageSize, found.length) - 1;
    addresses.push(`${base}?from=${found[first]?.id}&to=${found[last]?.id}${filter}`);
  }
  return addresses;
}

function typesOf(request: FastifyRequest): readonly string[] | undefined {
  const types = queryList(request, 'type');
  if (types?.some((type) => !isTypeFilter(type))) throw invalidValue('type');
  return types;
}

function requiredWhole(request: FastifyRequest, name: string): number {
  requiredText(request, name);
  return queryWhole(request, name) ?? 0;
}

function impossibleRange(): V20Error {
  return new V20Error(416, 'The specified range of transactions cannot be satisfied');
}

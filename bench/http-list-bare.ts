/** The baseline of `http-list`: the newest orders of an account by one prepared statement, in the JSON of the API, behind bare `node:http`. */

import { createServer } from 'node:http';
import { build } from 'fast-json-stringify';
import { pageSchema } from '../src/http/pagination.ts';
import { openOrm } from '../src/persistence/orm.ts';
import { runPrepared } from '../src/persistence/prepared-statement.ts';
import { OrderView } from '../src/trading/orders/order-view.ts';

const NEWEST = {
  name: 'bare-list',
  text: `select id, account_id as "accountId", strategy_id as "strategyId", position_id as "positionId",
    broker_order_id::text as "brokerOrderId", null as "replacesOrderId", null as "replacedByOrderId", created_by as "createdBy",
    instrument, order_type as type, side, units, price, price_bound as "priceBound", take_profit as "takeProfit", stop_loss as "stopLoss",
    trailing_distance as "trailingDistance", take_profit_distance as "takeProfitDistance", stop_loss_distance as "stopLossDistance",
    time_in_force as "timeInForce", expires_at as "expiresAt", lease_until as "leaseUntil", 'DEFAULT' as "triggerCondition",
    'DEFAULT' as "positionFill", tag, comment, oco_group as "ocoGroup", status, reason_code as "reasonCode", filled_units as "filledUnits",
    average_price as "averagePrice", submitted_at as "submittedAt", filled_at as "filledAt", cancelled_at as "cancelledAt",
    created_at as "createdAt" from orders where account_id = $1 order by id desc limit 50`,
};

const orm = openOrm({ databaseUrl: process.env['DATABASE_URL'] ?? '', log: { warn: () => undefined } });
const serialize = build(pageSchema(OrderView));

const server = createServer((request, response) => {
  const accountId = URL.parse(request.url ?? '', 'http://bare')?.searchParams.get('accountId');
  if (typeof accountId !== 'string') return response.end('{}');
  runPrepared(orm, NEWEST, [accountId]).then(
    (items) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(serialize({ items, nextCursor: null }));
    },
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
  return response;
});
server.listen(Number(process.env['PORT']), '127.0.0.1');

/** The baseline of `order-accept`: an order becomes one row, by one prepared statement, behind bare `node:http`. */

import { randomUUIDv7 } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { openOrm } from '../src/persistence/orm.ts';
import { runPrepared } from '../src/persistence/prepared-statement.ts';

const INSERT = {
  name: 'bare-order',
  text: `insert into bare_orders
    (id, account_id, client_order_id, created_by, instrument, order_type, side, units, time_in_force, status, filled_units, submitted_at)
    values ($1, $2, $1::uuid::text, 'person', $3, $4, $5, $6, 'FOK', 'submitted', 0, $7)`,
};

const orm = openOrm({ databaseUrl: process.env['DATABASE_URL'] ?? '', log: { warn: () => undefined } });

const server = createServer((request, response) => {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.method !== 'POST') return answer(200, {});
  text(request)
    .then((body) => JSON.parse(body) as Readonly<Record<string, unknown>>)
    .then(async (order) => {
      const id = randomUUIDv7();
      const { accountId, instrument, type, side, units } = order;
      await runPrepared(orm, INSERT, [id, accountId, instrument, type, side, units, new Date()]);
      answer(201, { id, ...order, status: 'submitted' });
    })
    .catch((error: unknown) => answer(500, { error: String(error) }));
});
server.listen(Number(process.env['PORT']), '127.0.0.1');

/** A person with an account at a scripted broker that keeps candles of EUR_USD. */

import { candleSpan } from '../../src/core/domain/candle.ts';
import { tokenNumber } from './scripted-brokers.ts';
import { NOON } from './test-server.ts';
import { askerFor } from './trading-client.ts';
import type { Candle } from '../../src/core/domain/candle.ts';
import type { TestServer } from './test-server.ts';

const HOUR_AGO = NOON - 3_600_000;

/** The time of a minute of the hour before noon, as text. */
export const at = (minute: number): string => new Date(HOUR_AGO + minute * 60_000).toISOString();

/** Connects an account whose broker has minutes 0 to 7 of the hour before noon; minute 4 had no price. */
export async function connectWithHistory(server: TestServer, brokerNumber: number) {
  server.clock.now = NOON;
  const user = await server.addUser();
  const ask = askerFor(server, user);
  const token = tokenNumber(brokerNumber);
  const atBroker = server.brokerage.add(`101-004-${brokerNumber}-001`, [token]);
  atBroker.quote(110_000);
  atBroker.history = [0, 1, 2, 3, 5, 6, 7].map(candle);
  const connected = await ask('POST', '/accounts', {
    name: 'Practice',
    environment: 'practice',
    token,
    brokerAccountId: atBroker.id,
  });
  if (connected.statusCode !== 201) throw new Error(connected.body);
  const accountId: string = connected.json().id;
  return { user, ask, atBroker, accountId };
}

/** The candle of a minute of that hour. */
export function candle(minute: number): Candle {
  const points = 110_000 + minute;
  return {
    instrument: 'EUR_USD',
    granularity: 'M1',
    ...candleSpan('M1', HOUR_AGO + minute * 60_000),
    bidOpen: points,
    bidHigh: points + 5,
    bidLow: points - 5,
    bidClose: points + 1,
    askOpen: points + 10,
    askHigh: points + 15,
    askLow: points + 5,
    askClose: points + 11,
    quotes: 7,
  };
}

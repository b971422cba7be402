/** The brokers that the conformance cases run on, each at a market that a case moves by hand. */
import { OandaConnections, openBroker } from '../../../src/brokers/open-broker.ts';
import { ANY_PACE } from '../../support/any-pace.ts';
import { HandMarket } from '../../support/hand-market.ts';
import { ACCOUNT, NOON, startSimulator, TOKEN } from '../../support/v20-simulator.ts';
import { Reports } from './reports.ts';
import type { Broker } from '../../../src/brokers/broker.ts';

/** The brokers of this server. OANDA's is the client in front of the simulator, on a real socket. */
export const BROKERS = ['paper', 'OANDA'] as const;
export type BrokerName = (typeof BROKERS)[number];

/** An account in USD with 100,000, at EUR_USD 1.10000/1.10010 and USD_JPY 150.000/150.010. */
export interface Venue extends AsyncDisposable {
  readonly broker: Broker;
  readonly market: HandMarket;
  /** Follows what the broker reports from now on, prices of EUR_USD among it. */
  readonly listen: () => Promise<Reports>;
  /** What is due on the streams comes: prices and heartbeats. */
  readonly passStreams: () => void;
}

const DEPOSIT = 1_000_000_000;

/** Opens an account at a broker. */
export function openVenue(name: BrokerName, hedging: boolean): Promise<Venue> {
  return name === 'paper' ? openPaper(hedging) : openOanda(hedging);
}

async function openPaper(hedging: boolean): Promise<Venue> {
  const market = new HandMarket(NOON);
  const account = {
    environment: 'paper',
    brokerAccountId: 'paper',
    currency: 'USD',
    hedging,
    initialBalance: DEPOSIT,
    marginRate: 0,
    token: undefined,
    log: [],
    state: undefined,
  } as const;
  const broker = await openBroker(account, { paperPrices: market, connections: new OandaConnections() });
  const reports = new Reports();
  // A paper exchange follows its market once it is connected.
  await broker.connect(reports, ['EUR_USD']);
  market.publish('EUR_USD', 110_000, 110_010);
  market.publish('USD_JPY', 150_000, 150_010);
  return {
    broker,
    market,
    listen: () => Promise.resolve(reports),
    passStreams: () => undefined,
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

async function openOanda(hedging: boolean): Promise<Venue> {
  const running = await startSimulator({ hedging, balance: DEPOSIT });
  const connections = new OandaConnections({
    practiceUrl: running.url,
    limits: ANY_PACE,
    times: { requestMs: 20_000, readAgain: { firstMs: 1, longestMs: 2 }, refusedAgainMs: 1 },
  });
  const account = {
    environment: 'practice',
    brokerAccountId: ACCOUNT,
    token: TOKEN,
    currency: 'USD',
    hedging,
    initialBalance: undefined,
    marginRate: 0,
    log: [],
    state: undefined,
  } as const;
  const broker = await openBroker(account, { paperPrices: running.market, connections });
  return {
    broker,
    market: running.market,
    listen: async () => {
      const reports = new Reports();
      await broker.connect(reports, ['EUR_USD']);
      return reports;
    },
    passStreams: () => running.timers.pass(5_000),
    [Symbol.asyncDispose]: async () => {
      await broker.close();
      await running[Symbol.asyncDispose]();
    },
  };
}

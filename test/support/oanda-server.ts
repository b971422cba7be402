/** The whole server in front of the v20 simulator, on a real socket, and a person who connects an account there. */
import { afterAll, beforeAll } from 'vitest';
import { oandaHosts } from '../../src/brokers/oanda/http/oanda-hosts.ts';
import { present } from '../../src/core/shared/assert.ts';
import { openTestServer } from './test-server.ts';
import { askerFor } from './trading-client.ts';
import { until } from './until.ts';
import { startSimulator, TOKEN } from './v20-simulator.ts';
import type { Broker } from '../../src/brokers/broker.ts';
import type { Quote } from '../../src/core/domain/quote.ts';
import type { Depth } from '../../src/core/simulation/depth.ts';
import type { OandaHosts } from '../../src/brokers/oanda/http/oanda-hosts.ts';
import type { OandaTimes } from '../../src/brokers/oanda/oanda-times.ts';
import type { ServerOptions, TestServer } from './test-server.ts';

/** Short pauses; no request waits for its end here. Streams are dead after a minute without a line: tests let them speak. */
const TIMES: Partial<OandaTimes> = {
  requestMs: 60_000,
  lateArrivalMs: 2_500,
  readAgain: { firstMs: 5, longestMs: 20 },
  refusedAgainMs: 1,
  streamAgain: { firstMs: 5, longestMs: 20 },
  priceSilenceMs: 60_000,
  transactionSilenceMs: 60_000,
  clockMs: 20,
};

export interface OandaServerOptions extends Omit<ServerOptions, 'oanda'> {
  /** The clock of the server's machine; the simulator has another. */
  readonly wall?: () => number;
  /** How much the simulator's market has at each price; any amount when left out. */
  readonly depth?: Depth;
}

/** A simulator with an account, a person who connects it, and the server between them. */
export type OandaServer = Awaited<ReturnType<typeof openInFront>>;

/** Opens a server for the tests of a file, and returns the function by which each test opens a simulator and a person of its own. */
export function useOandaServer(options: OandaServerOptions = {}): () => Promise<OandaServer> {
  let shared: SharedServer | undefined;
  beforeAll(async () => {
    shared = await openServer(options);
  });
  afterAll(() => shared?.server.close());
  return () => openInFront(present(shared, 'the server of the file'), options);
}

interface SharedServer {
  readonly server: TestServer;
  /** Where practice accounts are that are connected from now on. */
  readonly hosts: { practice: OandaHosts; readonly live: OandaHosts };
  /** How many simulators it has had: none has an account that was at another. */
  simulators: number;
}

async function openServer({ wall, ...others }: OandaServerOptions): Promise<SharedServer> {
  const hosts = { ...oandaHosts('http://simulator.invalid') };
  const oanda = { practiceUrl: hosts.practice.rest, hosts, times: TIMES, wall };
  return { server: await openTestServer({ ...others, oanda }), hosts, simulators: 0 };
}

async function openInFront(shared: SharedServer, { depth }: OandaServerOptions) {
  const { server, hosts } = shared;
  shared.simulators += 1;
  const brokerAccountId = `101-004-1435156-${String(shared.simulators).padStart(3, '0')}`;
  const simulator = await startSimulator({ id: brokerAccountId }, undefined, depth);
  hosts.practice = oandaHosts(simulator.url).practice;
  const ask = askerFor(server, await server.addUser());
  const connected: string[] = [];
  const shown = new Map<string, Quote>();
  server.wire.through = (broker) => watchQuotes(broker, (price) => shown.set(price.instrument, price));
  /** A price that comes through the stream, after a heartbeat of both. One that stands already does not come again. */
  const quote = async (bid: number, instrument = 'EUR_USD'): Promise<void> => {
    simulator.market.publish(instrument, bid, bid + 10);
    const at = simulator.market.marketTime();
    await until('the price has come', () => {
      simulator.timers.pass(5_000);
      const last = shown.get(instrument);
      return last !== undefined && (last.at >= at || last.bid === bid);
    });
  };
  return {
    simulator,
    server,
    ask,
    quote,
    /** Connects the simulator's account, at a price of EUR_USD; returns its id. */
    connect: async (): Promise<string> => {
      const body = { name: 'Practice', environment: 'practice', token: TOKEN, brokerAccountId };
      const answer = await ask('POST', '/accounts', body);
      if (answer.statusCode !== 201) throw new Error(answer.body);
      connected.push(answer.json().id);
      await quote(110_000);
      return answer.json().id as string;
    },
    /** What the journal has of this type about an account. */
    entries: async (accountId: string, type: string): Promise<readonly JournalItem[]> => {
      const { items } = (await ask('GET', `/events?accountId=${accountId}&limit=200`)).json();
      return items.filter((item: JournalItem) => item.type === type);
    },
    [Symbol.asyncDispose]: async () => {
      for (const accountId of connected) await server.supervisor.dismiss(accountId);
      await simulator[Symbol.asyncDispose]();
    },
  };
}

export interface JournalItem {
  readonly type: string;
  readonly severity: string;
  readonly description: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function watchQuotes(broker: Broker, onPrice: (price: Quote) => void): Broker {
  const connect = broker.connect.bind(broker);
  broker.connect = (listener, instruments) => {
    const onQuote = (price: Quote): void => {
      listener.onQuote(price);
      onPrice(price);
    };
    return connect({ ...listener, onQuote }, instruments);
  };
  return broker;
}

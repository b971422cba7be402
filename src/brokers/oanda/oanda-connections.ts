/** The clients of a process: one for each token and environment, shared by all accounts that the token opens. */

import { Problem } from '../../core/shared/problem.ts';
import { OandaClient, oandaLimits } from './http/oanda-client.ts';
import { oandaHosts } from './http/oanda-hosts.ts';
import { OANDA_TIMES } from './oanda-times.ts';
import type { OandaTimes } from './oanda-times.ts';
import type { OandaLimits } from './http/oanda-client.ts';
import type { OandaEnvironment, OandaHostsByEnvironment } from './http/oanda-hosts.ts';

/** What opens OANDA: a token, and the environment that it was made for. */
export interface OandaAccess {
  readonly environment: OandaEnvironment;
  readonly token: string;
}

/** A client on loan; `release` gives it back. */
export interface LentClient {
  readonly client: OandaClient;
  /** Takes the streams of an account; the function it returns gives them back. The problem `broker-streams-exhausted` when OANDA would refuse them. */
  readonly takeStreams: () => () => void;
  readonly release: () => Promise<void>;
}

/**
 * Prices and transactions: neither stream can be shared, because both are of one account, and accounts of one token may have different
 * prices. Source: OANDA v20, development guide: 20 streams.
 */
const STREAMS_OF_ACCOUNT = 2;
const MOST_STREAMS = 20;

interface SharedClient {
  readonly client: OandaClient;
  borrowers: number;
}

export interface OandaConnectionsOptions {
  /** Where practice accounts are instead of OANDA's own address: a simulator's. */
  readonly practiceUrl?: string | undefined;
  /** Instead of OANDA's addresses, all of them; for tests. */
  readonly hosts?: OandaHostsByEnvironment | undefined;
  readonly times?: Partial<OandaTimes> | undefined;
  /** Instead of what OANDA allows; for tests in front of a simulator. */
  readonly limits?: OandaLimits | undefined;
  /** Instead of the clock of this machine (UTC ms), which is compared with OANDA's; for tests. */
  readonly wall?: (() => number) | undefined;
}

/** Lends clients, and closes each when its last borrower gives it back. */
export class OandaConnections {
  readonly times: OandaTimes;
  readonly #hosts: OandaHostsByEnvironment;
  readonly #wall: () => number;
  readonly #limits: Readonly<Record<OandaEnvironment, OandaLimits>>;
  readonly #openStreams: Record<OandaEnvironment, number> = { practice: 0, live: 0 };
  readonly #clients = new Map<string, SharedClient>();
  /** Whether the other environment may be asked about a token. A simulator's is none of OANDA's. */
  readonly canAskOther: boolean;

  constructor({ practiceUrl, hosts, times, limits, wall = Date.now }: OandaConnectionsOptions = {}) {
    this.#limits = { practice: limits ?? oandaLimits(), live: limits ?? oandaLimits() };
    this.#wall = wall;
    this.times = { ...OANDA_TIMES, ...times };
    this.#hosts = hosts ?? oandaHosts(practiceUrl);
    this.canAskOther = practiceUrl === undefined;
  }

  /** Lends the client of a token. */
  borrow({ environment, token }: OandaAccess): LentClient {
    const key = `${environment} ${token}`;
    const shared = this.#clients.get(key) ?? this.#open(key, { environment, token });
    shared.borrowers += 1;
    let isLent = true;
    return {
      client: shared.client,
      takeStreams: () => this.#takeStreams(environment),
      release: async () => {
        if (!isLent) return;
        isLent = false;
        shared.borrowers -= 1;
        if (shared.borrowers > 0) return;
        this.#clients.delete(key);
        await shared.client.close();
      },
    };
  }

  /** Throws the problem `broker-streams-exhausted` when OANDA would refuse the streams of one more account. */
  assertRoom(environment: OandaEnvironment): void {
    const open = this.#openStreams[environment];
    if (open + STREAMS_OF_ACCOUNT > MOST_STREAMS) throw exhausted(environment, open);
  }

  #takeStreams(environment: OandaEnvironment): () => void {
    this.assertRoom(environment);
    this.#openStreams[environment] += STREAMS_OF_ACCOUNT;
    let isTaken = true;
    return () => {
      if (isTaken) this.#openStreams[environment] -= STREAMS_OF_ACCOUNT;
      isTaken = false;
    };
  }

  #open(key: string, { environment, token }: OandaAccess): SharedClient {
    const options = {
      token,
      hosts: this.#hosts[environment],
      limits: this.#limits[environment],
      times: this.times,
      wall: this.#wall,
    };
    const shared = { client: new OandaClient(options), borrowers: 0 };
    this.#clients.set(key, shared);
    return shared;
  }
}

function exhausted(environment: OandaEnvironment, open: number): Problem {
  return new Problem(
    'broker-streams-exhausted',
    `This copy of the server has ${open} ${environment} streams open, ${STREAMS_OF_ACCOUNT} for each account, and OANDA opens no more than ${MOST_STREAMS}. ` +
      'Disconnect another account, or run this one from a copy of the server at another address.',
  );
}

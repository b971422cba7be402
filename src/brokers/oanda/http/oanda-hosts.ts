/** Where OANDA answers. A token works in its environment only. Source: OANDA v20, development guide. */

/** The environments of OANDA's accounts. */
export type OandaEnvironment = 'practice' | 'live';

/** The origins of one environment. Only the two streams are served by the second. */
export interface OandaHosts {
  readonly rest: string;
  readonly stream: string;
}

export type OandaHostsByEnvironment = Readonly<Record<OandaEnvironment, OandaHosts>>;

const OANDA: OandaHostsByEnvironment = {
  practice: { rest: 'https://api-fxpractice.oanda.com', stream: 'https://stream-fxpractice.oanda.com' },
  live: { rest: 'https://api-fxtrade.oanda.com', stream: 'https://stream-fxtrade.oanda.com' },
};

/** Returns OANDA's hosts, with practice at `practiceUrl` when that is given: a simulator serves both kinds at one origin. */
export function oandaHosts(practiceUrl: string | undefined): OandaHostsByEnvironment {
  if (practiceUrl === undefined) return OANDA;
  return { ...OANDA, practice: { rest: practiceUrl, stream: practiceUrl } };
}

/** The limits of a client in front of a simulator or a scripted OANDA. */
import { RateLimit } from '../../src/brokers/oanda/http/rate-limit.ts';

const AT_ONCE = { perSecond: 100_000, burst: 100_000 };

/** They take any number of requests and connections; waiting for a turn would be most of a test. */
export const ANY_PACE = { requests: new RateLimit(AT_ONCE), connections: new RateLimit(AT_ONCE) };

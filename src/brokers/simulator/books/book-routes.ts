/** `/instruments/…/orderBook` and `/instruments/…/positionBook`. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { queryTime } from '../read-query.ts';
import { pathText } from '../requested-account.ts';
import { invalidValue, V20Error } from '../v20-error.ts';
import { bookOf, openPositions, waitingOrders } from './price-book.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { PriceBoard } from '../prices/price-board.ts';
import type { Simulator } from '../simulator.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';
import type { Counted } from './price-book.ts';

/** Those that OANDA has books of. */
const WITH_BOOKS: ReadonlySet<string> = new Set(
  (
    'AUD_JPY AUD_USD EUR_AUD EUR_CHF EUR_GBP EUR_JPY EUR_USD GBP_CHF ' +
    'GBP_JPY GBP_USD NZD_USD USD_CAD USD_CHF USD_JPY XAU_USD XAG_USD'
  ).split(' '),
);

type CountedOf = (account: SimulatorAccount, instrument: Instrument) => readonly Counted[];

export function registerBookRoutes(api: FastifyInstance, simulator: Simulator, board: PriceBoard): void {
  const book = (request: FastifyRequest, countedOf: CountedOf): Fields => {
    const instrument = simulator.instruments.find(pathText(request, 'instrument'));
    if (!instrument) throw invalidValue('instrument');
    const quote = board.priceOf(instrument)?.quote;
    const wanted = queryTime(request, 'time');
    // No book of the past is kept.
    if (!WITH_BOOKS.has(instrument.name) || !quote || (wanted !== undefined && wanted < simulator.now()))
      throw new V20Error(404, 'The requested book does not exist');
    const counted = simulator.accounts.flatMap((account) => countedOf(account, instrument));
    return bookOf(instrument, quote, simulator.now(), counted);
  };

  api.get('/instruments/:instrument/orderBook', (request) => ({ orderBook: book(request, waitingOrders) }));

  api.get('/instruments/:instrument/positionBook', (request) => ({
    positionBook: book(request, openPositions),
  }));
}

/** The channel `quotes`: the newest prices of instruments on an account. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instruments } from '../core/domain/instruments.ts';
import { EXAMPLE_ID, Id } from '../http/values.ts';
import { channelFrames } from '../stream/channel.ts';
import { instrumentFrom, MOST_INSTRUMENTS, unknownInstrument } from './market-input.ts';
import { QuoteView } from './quote-view.ts';
import type { Channel } from '../stream/channel.ts';
import type { StreamFrame } from '../stream/protocol.ts';
import type { AccountPrices } from './newest-quotes.ts';
import type { QuoteFanOut } from './quote-fan-out.ts';

export const QuotesFrames = channelFrames({
  name: 'quotes',
  description: 'The newest quotes of instruments on an account, as its broker sends them.',
  parameters: {
    accountId: Id,
    instruments: Type.Array(Type.String({ maxLength: 32 }), {
      minItems: 1,
      maxItems: MOST_INSTRUMENTS,
      uniqueItems: true,
    }),
  },
  example: { accountId: EXAMPLE_ID, instruments: ['EUR_USD', 'USD_JPY'] },
  data: Type.Object({ accountId: Id, quotes: Type.Array(QuoteView) }),
  extra: {},
});

type QuotesRequest = Static<typeof QuotesFrames.subscribe>;

export interface QuotesChannelSources {
  readonly quotes: QuoteFanOut;
  /** What an account can trade; refuses one that is not the person's. */
  readonly instrumentsOf: (userId: string, accountId: string) => Promise<Instruments>;
  /** The prices of an account that runs here; throws the problem `account-not-trading` of one that does not. */
  readonly pricesOf: (accountId: string) => AccountPrices;
}

const ENDED = 'This copy of the server does not run the account any more. Subscribe again.';

/** Returns the channel: the newest quotes of the account at once, and then what changes, while the account runs here. */
export function quotesChannel({ quotes, instrumentsOf, pricesOf }: QuotesChannelSources): Channel {
  return {
    frames: QuotesFrames,
    authorize: async (userId, { accountId, instruments: names }: QuotesRequest) => {
      const instruments = await instrumentsOf(userId, accountId);
      for (const name of names)
        instrumentFrom(instruments, name, '/instruments', `/instruments ${unknownInstrument(name)}`);
    },
    open: ({ accountId, instruments }: QuotesRequest, { outbox }) => ({
      end: quotes.subscribe({
        outbox,
        accountId,
        prices: pricesOf(accountId),
        instruments,
        onEnd: () =>
          outbox.send({
            type: 'error',
            code: 'account-not-trading',
            detail: ENDED,
            channel: 'quotes',
            accountId,
          } satisfies StreamFrame),
      }),
    }),
  };
}

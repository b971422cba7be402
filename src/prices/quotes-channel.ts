/** The channel `quotes`: the newest prices of instruments on an account. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Instruments } from '../core/domain/instruments.ts';
import { Id } from '../http/values.ts';
import { channelFrames } from '../stream/channel.ts';
import { instrumentFrom, MOST_INSTRUMENTS, unknownInstrument } from './market-input.ts';
import { QuoteView } from './quote-view.ts';
import type { Channel } from '../stream/channel.ts';
import type { QuoteFanOut } from './quote-fan-out.ts';

export const QuotesFrames = channelFrames({
  name: 'quotes',
  description: 'The newest quotes of instruments on an account.',
  parameters: {
    accountId: Id,
    instruments: Type.Array(Type.String({ maxLength: 32 }), {
      minItems: 1,
      maxItems: MOST_INSTRUMENTS,
      uniqueItems: true,
    }),
  },
  data: Type.Object({ accountId: Id, quotes: Type.Array(QuoteView) }),
  extra: {},
});

type QuotesRequest = Static<typeof QuotesFrames.subscribe>;

export interface QuotesChannelSources {
  readonly quotes: QuoteFanOut;
  /** What an account can trade; refuses one that is not the person's. */
  readonly instrumentsOf: (userId: string, accountId: string) => Promise<Instruments>;
}

/** Returns the channel: the newest quotes at once, and then what changes. */
export function quotesChannel({ quotes, instrumentsOf }: QuotesChannelSources): Channel {
  return {
    frames: QuotesFrames,
    authorize: async (userId, { accountId, instruments: names }: QuotesRequest) => {
      const instruments = await instrumentsOf(userId, accountId);
      for (const name of names)
        instrumentFrom(instruments, name, '/instruments', `/instruments ${unknownInstrument(name)}`);
    },
    open: ({ accountId, instruments }: QuotesRequest, { outbox }) => ({
      end: quotes.subscribe(outbox, accountId, instruments),
    }),
  };
}

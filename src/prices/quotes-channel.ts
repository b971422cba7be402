/** The channel `quotes`: the newest prices of instruments on an account. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id } from '../http/values.ts';
import { channelFrames } from '../stream/channel.ts';
import { instrumentFrom, unknownInstrument } from './market-input.ts';
import { QuoteView } from './quote-view.ts';
import type { Channel } from '../stream/channel.ts';
import type { QuoteFanOut } from './quote-fan-out.ts';

/** More than there are instruments. */
const MOST_INSTRUMENTS = 128;

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
  /** Refuses an account that is not the person's. */
  readonly assertOwned: (userId: string, accountId: string) => Promise<void>;
}

/** Returns the channel: the newest quotes at once, and then what changes. */
export function quotesChannel({ quotes, assertOwned }: QuotesChannelSources): Channel {
  return {
    frames: QuotesFrames,
    authorize: (userId, { accountId }: QuotesRequest) => assertOwned(userId, accountId),
    open: ({ accountId, instruments }: QuotesRequest, { outbox }) => {
      for (const name of instruments)
        instrumentFrom(name, '/instruments', `/instruments ${unknownInstrument(name)}`);
      return { end: quotes.subscribe(outbox, accountId, instruments) };
    },
  };
}

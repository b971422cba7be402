/** The channel `events`: a person's journal entries, every one of them, in order, from where they left off. */

import { Type } from 'typebox';
import { SequenceInput } from '../http/values.ts';
import type { Static } from 'typebox';
import { channelFrames, Sequence } from '../stream/channel.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { JournalEntryView, journalEntryView } from './journal-entry-view.ts';
import { JournalFollower } from './journal-follower.ts';
import type { Journal, StoredJournalEntry } from './journal.ts';
import type { Channel, ChannelContext, Subscription } from '../stream/channel.ts';

export const EventsFrames = channelFrames({
  name: 'events',
  description: 'My journal entries: after the one with this number, or from now on.',
  parameters: { after: Type.Optional(SequenceInput) },
  example: { after: 1234 },
  data: JournalEntryView,
  extra: { sequence: Sequence },
});

type EventsRequest = Static<typeof EventsFrames.subscribe>;
type EventFrame = Static<typeof EventsFrames.data>;

/** Returns the channel: entries after the one with the number that was given, or those that come from now on. */
export function eventsChannel(journal: Journal): Channel {
  return {
    frames: EventsFrames,
    open: ({ after }: EventsRequest, context) => open(journal, after, context),
  };
}

function open(journal: Journal, after: number | undefined, context: ChannelContext): Subscription {
  const { userId, outbox, onTooSlow, onFailure } = context;
  const acknowledgements = new Acknowledgements();

  const deliver = (entries: readonly StoredJournalEntry[]): void => {
    for (const entry of entries) {
      acknowledgements.noteSent(entry.sequence);
      outbox.send({
        type: 'data',
        channel: 'events',
        sequence: entry.sequence,
        data: journalEntryView(entry),
      } satisfies EventFrame);
    }
    if (acknowledgements.isTooFarBehind) onTooSlow('events were not acknowledged');
  };

  const room = async (): Promise<boolean> => {
    await acknowledgements.room();
    return outbox.room();
  };

  const follower = new JournalFollower({ journal, userId, after, deliver, room, onFailure });
  return {
    acknowledge: (sequence) => acknowledgements.acknowledge(sequence),
    end: () => {
      follower.stop();
      acknowledgements.end();
    },
  };
}

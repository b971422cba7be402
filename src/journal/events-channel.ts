/** The channel `events`: a person's journal entries, every one of them, in order, from where they left off. */

import { JournalFollower } from './journal-follower.ts';
import { journalEntryView } from './journal-entry-view.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Journal, StoredJournalEntry } from './journal.ts';
import type { ChannelContext, Subscription } from '../stream/channel.ts';

/** Starts to tell entries after the one with this number, or those that come from now on. */
export function openEventsChannel(
  journal: Journal,
  after: number | undefined,
  context: ChannelContext,
): Subscription {
  const { outbox, onTooSlow } = context;
  const acknowledgements = new Acknowledgements();

  const deliver = (entries: readonly StoredJournalEntry[]): void => {
    for (const entry of entries) {
      acknowledgements.noteSent(entry.sequence);
      outbox.send({
        type: 'data',
        channel: 'events',
        sequence: entry.sequence,
        data: journalEntryView(entry),
      });
    }
    if (acknowledgements.isTooFarBehind) onTooSlow('events were not acknowledged');
  };

  const room = async (): Promise<boolean> => {
    await acknowledgements.room();
    return outbox.room();
  };

  const follower = new JournalFollower({
    journal,
    userId: context.userId,
    after,
    deliver,
    room,
    onFailure: context.onFailure,
  });

  return {
    acknowledge: (sequence) => acknowledgements.acknowledge(sequence),
    end: () => {
      follower.stop();
      acknowledgements.end();
    },
  };
}

/** The channel `events`: a person's journal entries, every one of them, in order, from where they left off. */

import { Type } from 'typebox';
import { SequenceInput } from '../http/values.ts';
import type { Static } from 'typebox';
import { channelFrames, Sequence } from '../stream/channel.ts';
import { textFrame } from '../stream/text-frame.ts';
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

/** Several sockets of a person are sent the same. */
const frameByEntry = new WeakMap<StoredJournalEntry, Buffer>();

function frameOf(entry: StoredJournalEntry): Buffer {
  const known = frameByEntry.get(entry);
  if (known) return known;
  const frame = textFrame(
    JSON.stringify({
      type: 'data',
      channel: 'events',
      sequence: entry.sequence,
      data: journalEntryView(entry),
    } satisfies EventFrame),
  );
  frameByEntry.set(entry, frame);
  return frame;
}

function open(journal: Journal, after: number | undefined, context: ChannelContext): Subscription {
  const { userId, outbox, mostWaiting, onTooSlow, onFailure } = context;
  const acknowledgements = new Acknowledgements();

  /** Sends entries as long as there is room, and returns how many. */
  const deliver = (entries: readonly StoredJournalEntry[]): number => {
    let sent = 0;
    for (const entry of entries) {
      const frame = frameOf(entry);
      if (!outbox.takes(frame)) break;
      acknowledgements.noteSent(entry.sequence);
      outbox.sendFrame(frame);
      sent += 1;
    }
    if (acknowledgements.isTooFarBehind()) onTooSlow('events were not acknowledged');
    return sent;
  };

  const room = async (): Promise<boolean> => {
    await acknowledgements.room();
    return outbox.room();
  };

  let release: (() => void) | undefined;
  const onBehind = (count: number): void => {
    if (count > 0) release ??= outbox.keepBack();
    else endKeepingBack();
    if (acknowledgements.isTooFarBehind(count)) onTooSlow('events were not acknowledged');
    else if (!acknowledgements.isCounting && count > mostWaiting && !outbox.hasRoom)
      onTooSlow('frames were not read');
  };

  const endKeepingBack = (): void => {
    release?.();
    release = undefined;
  };

  const follower = new JournalFollower({ journal, userId, after, deliver, room, onBehind, onFailure });
  return {
    acknowledge: (sequence) => acknowledgements.acknowledge(sequence),
    end: () => {
      follower.stop();
      endKeepingBack();
      acknowledgements.end();
    },
  };
}

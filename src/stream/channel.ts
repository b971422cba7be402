/** What a room contributes to the stream: the name of a channel, the schemas of its frames, and how to open it. */

import { Type } from 'typebox';
import type { TProperties, TSchema } from 'typebox';
import type { Outbox } from './outbox.ts';

/** The published side of a channel. */
export interface ChannelFrames {
  readonly name: string;
  /** What a client sends to subscribe. */
  readonly subscribe: TSchema;
  /** What the server sends. */
  readonly data: TSchema;
}

/** The fields of {@link channelFrames}. */
interface FramesOf<Name extends string, Parameters, Data, Extra> {
  readonly name: Name;
  readonly description: string;
  /** What a subscription says besides the channel. An `accountId` is part of its name: one socket may subscribe to several. */
  readonly parameters: Parameters;
  /** What a subscription says besides the channel, as an example of the description. */
  readonly example: object;
  readonly data: Data;
  /** What a data frame carries beside its data, such as {@link Sequence}. */
  readonly extra: Extra;
}

export const Sequence = Type.Integer({
  description: 'The number of the (last) journal entry that this comes from.',
});

/** Returns the schemas of a channel. */
export function channelFrames<
  const Name extends string,
  Parameters extends TProperties,
  Data extends TSchema,
  Extra extends TProperties,
>({ name, description, parameters, example, data, extra }: FramesOf<Name, Parameters, Data, Extra>) {
  const channel = Type.Literal(name);
  return {
    name,
    subscribe: Type.Object(
      { type: Type.Literal('subscribe'), channel, ...parameters },
      {
        additionalProperties: false,
        description,
        examples: [{ type: 'subscribe', channel: name, ...example }],
      },
    ),
    data: Type.Object(
      { type: Type.Literal('data'), channel, ...extra, data },
      { additionalProperties: false },
    ),
  };
}

/** A request to subscribe, as far as the stream itself reads it. */
export interface SubscribeFrame {
  readonly type: 'subscribe';
  readonly channel: string;
  readonly accountId?: string;
}

/** A channel that clients can subscribe to. Its functions are called with frames that passed `frames.subscribe`. */
export interface Channel {
  readonly frames: ChannelFrames;
  /** Refuses with an `Problem` what the person may not see. Called before a subscription is opened. */
  authorize?(userId: string, frame: SubscribeFrame): Promise<void>;
  /** Opens a subscription, which sends nothing before the next turn of the event loop. */
  open(frame: SubscribeFrame, context: ChannelContext): Subscription;
}

/** The socket's side of a subscription. */
export interface ChannelContext {
  readonly userId: string;
  readonly outbox: Outbox;
  /** Frames that must not be left out and that a channel may keep back while the client is behind. */
  readonly mostWaiting: number;
  /** The client is too slow: it is closed, and resumes from its last number. */
  readonly onTooSlow: (reason: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A running subscription. Ended, it sends nothing more. */
export interface Subscription {
  readonly end: () => void;
  /** The client has processed entries up to this number. */
  readonly acknowledge?: (sequence: number) => void;
}

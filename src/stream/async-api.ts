/** The description of the WebSocket: AsyncAPI 3.0, from the very schemas that its frames are checked with and made by. */

import { withNamedSchemas } from '../http/named-schemas.ts';
import { SOCKET_PATH } from '../http/route.ts';
import { controlFrames, streamFrames } from './protocol.ts';
import type { TSchema } from 'typebox';
import type { ChannelFrames } from './channel.ts';

/** Where the description is. */
export const ASYNC_API_PATH = '/api/asyncapi.json';

/** What the description says of this server. */
interface StreamFacts {
  readonly version: string;
  readonly publicUrl: string;
  readonly channels: readonly ChannelFrames[];
}

/** A frame with the name of its message, and who sends it. */
interface Message {
  readonly name: string;
  readonly sender: 'client' | 'server';
  readonly frame: TSchema;
}

/** What a frame says of itself, which a message says beside its payload. */
type FrameSchema = TSchema & { readonly description?: string; readonly examples?: readonly object[] };

/** Returns the description of a stream with these channels. */
export function asyncApiOf({ version, publicUrl, channels }: StreamFacts) {
  const { protocol, host } = new URL(publicUrl);
  const groups = [
    {
      name: 'connection',
      description: 'Of the connection as a whole.',
      messages: connectionMessages(channels),
    },
    ...channels.map((channel) => ({
      name: channel.name,
      description: `The channel \`${channel.name}\`.`,
      messages: messagesOf(channel),
    })),
  ];
  const messages = groups.flatMap((group) => group.messages);
  return withNamedSchemas({
    asyncapi: '3.0.0',
    info: {
      title: 'Auto Forex stream',
      version,
      description:
        'One socket with frames of JSON. `send` is what the server sends, `receive` what it takes. All channels share the address: ' +
        'a frame says in `type` and `channel` what it is. docs/websocket.md explains order, resuming and close codes.',
    },
    defaultContentType: 'application/json',
    servers: {
      this: {
        host,
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        description: 'Authenticated by the session cookie, or by a first frame `authenticate`.',
      },
    },
    channels: Object.fromEntries(
      groups.map(({ name, description, messages: ofGroup }) => [
        name,
        {
          address: SOCKET_PATH,
          description,
          messages: Object.fromEntries(
            ofGroup.map((message) => [message.name, { $ref: `#/components/messages/${message.name}` }]),
          ),
          bindings: { ws: { method: 'GET' } },
        },
      ]),
    ),
    operations: Object.fromEntries(
      groups.flatMap(({ name, messages: ofGroup }) => [
        [`${name}.receive`, operation('receive', name, ofGroup)],
        [`${name}.send`, operation('send', name, ofGroup)],
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        messages.map(({ name, frame }) => {
          const { description, examples, ...payload }: FrameSchema = frame;
          return [
            name,
            {
              name,
              ...(description !== undefined && { description }),
              payload,
              ...(examples && { examples: examples.map((example) => ({ payload: example })) }),
            },
          ];
        }),
      ),
    },
  });
}

function operation(action: 'receive' | 'send', channel: string, messages: readonly Message[]) {
  const sender = action === 'receive' ? 'client' : 'server';
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    messages: messages
      .filter((message) => message.sender === sender)
      .map(({ name }) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  };
}

function connectionMessages(channels: readonly ChannelFrames[]): readonly Message[] {
  return [...messagesBy('client', controlFrames(channels)), ...messagesBy('server', streamFrames(channels))];
}

function messagesBy(sender: Message['sender'], frames: Readonly<Record<string, TSchema>>) {
  return Object.entries(frames).map(([name, frame]) => ({ name, sender, frame }));
}

function messagesOf({ name, subscribe, data }: ChannelFrames): readonly Message[] {
  const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return [
    { name: `subscribe${Name}`, sender: 'client', frame: subscribe },
    { name: `${name}Data`, sender: 'server', frame: data },
  ];
}

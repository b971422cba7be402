/** What opens a channel: an address, a token, a key to sign with. Sealed as one text, bound to its channel. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Static } from 'typebox';
import type { KeyRing, SealedSecret } from '../../encryption/key-ring.ts';

const ChannelSecretSchema = Type.Object({
  /** Of webhooks, Slack, Discord, and a browser's subscription to web push. */
  url: Type.Optional(Type.String()),
  /** What webhooks are signed with, in the form of Standard Webhooks: `whsec_` and base64. */
  signingSecret: Type.Optional(Type.String()),
  /** Of a Telegram bot, and the chat it writes to. */
  botToken: Type.Optional(Type.String()),
  chatId: Type.Optional(Type.String()),
  /** What only the browser that subscribed reads messages with. */
  p256dh: Type.Optional(Type.String()),
  auth: Type.Optional(Type.String()),
});

export type ChannelSecret = Static<typeof ChannelSecretSchema>;

const boundTo = (channelId: string): string => `notification_channels.secret:${channelId}`;

export function sealChannelSecret(keys: KeyRing, channelId: string, secret: ChannelSecret): SealedSecret {
  return keys.seal(JSON.stringify(secret), boundTo(channelId));
}

/** Throws `secret-unreadable` when the key is not there. */
export function openChannelSecret(keys: KeyRing, channelId: string, sealed: SealedSecret): ChannelSecret {
  return Value.Parse(ChannelSecretSchema, JSON.parse(keys.open(sealed, boundTo(channelId))));
}

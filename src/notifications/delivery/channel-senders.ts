/** Sends a message once, to each kind of channel, and says what came of it. */

import { createHmac } from 'node:crypto';
import { present, unreachable } from '../../core/shared/assert.ts';
import { RecipientRefused } from '../../mail/mail.ts';
import { cutText, messageText } from './message-text.ts';
import { callReceiver } from './call-receiver.ts';
import { AddressRefused } from './public-address.ts';
import type { MailSender } from '../../mail/mail.ts';
import type { ChannelSecret } from '../channels/channel-secret.ts';
import type { ChannelKind } from '../channels/channel-store.ts';
import type { PushCalls } from '../push/push-calls.ts';
import type { Recipient } from '../recipient-store.ts';
import type { Message } from './message.ts';
import type { HttpAnswer } from './call-receiver.ts';

/** What came of an attempt: taken; not now; never; or the receiver wants nothing more at all. */
export interface Attempt {
  readonly outcome: 'sent' | 'later' | 'refused' | 'gone';
  /** What the receiver said, or why it could not be asked. Never an address or a token. */
  readonly said: string;
  /** How long the receiver asks to wait. */
  readonly pauseMs?: number | undefined;
}

/** A message and where it goes. `id` and the message are the same at each attempt. */
export interface Outgoing {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly secret: ChannelSecret;
  readonly recipient: Recipient;
  readonly message: Message;
}

interface Sending extends Outgoing {
  readonly signal: AbortSignal | undefined;
}

export interface ChannelSendersDependencies {
  /** Undefined where the settings name no mail server. */
  readonly mail: MailSender | undefined;
  readonly telegramUrl: string;
  readonly push: Pick<PushCalls, 'callOf'>;
  /** Whether addresses that are not public may be called: for those who host a receiver at home. */
  readonly allowsPrivate: boolean;
  readonly clock: () => number;
}

/** The longest that each takes: https://core.telegram.org/bots/api#sendmessage, https://discord.com/developers/docs/resources/webhook. */
const TELEGRAM_LENGTH = 4_096;
const DISCORD_LENGTH = 2_000;
const SLACK_LENGTH = 30_000;
const SECRET_PREFIX = 'whsec_';
const NOT_FOUND = 404;
const GONE = 410;
/** Of a push service: the request is wrong, is not of whom the browser subscribed to, or is too long. The same message never becomes right. */
const FINAL_OF_PUSH: ReadonlySet<number> = new Set([400, 403, 413]);

export class ChannelSenders {
  readonly #deps: ChannelSendersDependencies;

  constructor(deps: ChannelSendersDependencies) {
    this.#deps = deps;
  }

  /** Sends once; `signal` cuts a call off. What fails is an outcome, and no error. */
  async send(outgoing: Outgoing, signal?: AbortSignal): Promise<Attempt> {
    try {
      return await this.#sendTo({ ...outgoing, signal });
    } catch (error) {
      if (error instanceof AddressRefused) return { outcome: 'refused', said: error.message };
      if (error instanceof RecipientRefused)
        return { outcome: 'refused', said: 'The mail server refuses the address.' };
      return { outcome: 'later', said: reasonOf(error) };
    }
  }

  #sendTo(outgoing: Sending): Promise<Attempt> {
    const { kind } = outgoing;
    switch (kind) {
      case 'email':
        return this.#sendMail(outgoing);
      case 'webhook':
        return this.#callWebhook(outgoing);
      case 'telegram':
        return this.#sendTelegram(outgoing);
      case 'slack':
        return this.#callChat(outgoing, (text) => ({ text: cutText(escaped(text), SLACK_LENGTH) }));
      case 'push':
        return this.#sendPush(outgoing);
      case 'discord':
        return this.#callChat(outgoing, (text) => ({
          content: cutText(text, DISCORD_LENGTH),
          // A name in a message calls no one.
          allowed_mentions: { parse: [] },
        }));
      default:
        return unreachable(kind);
    }
  }

  async #sendMail({ id, recipient, message, signal }: Sending): Promise<Attempt> {
    const { mail } = this.#deps;
    if (!mail) return { outcome: 'refused', said: 'This server sends no e-mail.' };
    if (recipient.verifiedEmail === undefined)
      return { outcome: 'refused', said: 'The e-mail address is not verified.' };
    const text = messageText(message, recipient.language, recipient.timezone);
    await mail.send(recipient.verifiedEmail, { ...text, id }, signal);
    return { outcome: 'sent', said: 'The mail server took it.' };
  }

  /** As Standard Webhooks says: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. */
  async #callWebhook({ id, secret, recipient, message, signal }: Sending): Promise<Attempt> {
    const { subject, text } = messageText(message, recipient.language, recipient.timezone);
    const { items, ...summary } = message;
    const body = JSON.stringify({
      type: 'notifications',
      timestamp: items[0]?.createdAt,
      data: { ...summary, title: subject, text, notifications: items },
    });
    const seconds = String(Math.floor(this.#deps.clock() / 1_000));
    const { signingSecret } = secret;
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      ...(signingSecret !== undefined && {
        'webhook-signature': signatureOf(signingSecret, `${id}.${seconds}.${body}`),
      }),
    };
    return this.#post({ url: present(secret.url, 'the address of a webhook'), body, headers, signal });
  }

  async #sendTelegram({ secret, recipient, message, signal }: Sending): Promise<Attempt> {
    const text = oneText(messageText(message, recipient.language, recipient.timezone));
    const token = present(secret.botToken, 'the token of a bot');
    const body = JSON.stringify({
      chat_id: secret.chatId,
      text: cutText(text, TELEGRAM_LENGTH),
      link_preview_options: { is_disabled: true },
    });
    const url = `${this.#deps.telegramUrl}/bot${token}/sendMessage`;
    // The settings of the server name this address, and not the person.
    return attemptOf(await callReceiver({ url, body, signal, allowsPrivate: true }));
  }

  /** As RFC 8030 says. The receiver of a 404 has ended its subscription. */
  async #sendPush(outgoing: Sending): Promise<Attempt> {
    const { push, allowsPrivate } = this.#deps;
    const call = await push.callOf(outgoing);
    const answer = await callReceiver({ ...call, signal: outgoing.signal, allowsPrivate });
    const said = saidOf(answer);
    if (answer.status === NOT_FOUND) return { outcome: 'gone', said };
    return FINAL_OF_PUSH.has(answer.status) ? { outcome: 'refused', said } : attemptOf(answer);
  }

  async #callChat(
    { secret, recipient, message, signal }: Sending,
    bodyOf: (text: string) => object,
  ): Promise<Attempt> {
    const text = oneText(messageText(message, recipient.language, recipient.timezone));
    const body = JSON.stringify(bodyOf(text));
    return this.#post({ url: present(secret.url, 'the address of a chat'), body, signal });
  }

  async #post(what: {
    readonly url: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal: AbortSignal | undefined;
  }): Promise<Attempt> {
    return attemptOf(await callReceiver({ ...what, allowsPrivate: this.#deps.allowsPrivate }));
  }
}

/** Returns the signature as its header has it. */
function signatureOf(signingSecret: string, signed: string): string {
  const key = Buffer.from(signingSecret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

function attemptOf(answer: HttpAnswer): Attempt {
  const { status, retryAfterMs } = answer;
  const said = saidOf(answer);
  if (status >= 200 && status < 300) return { outcome: 'sent', said };
  if (status === GONE) return { outcome: 'gone', said };
  return { outcome: 'later', said, pauseMs: retryAfterMs };
}

function saidOf({ status, text }: HttpAnswer): string {
  return `${status} ${text}`.trim();
}

function oneText({ subject, text }: { readonly subject: string; readonly text: string }): string {
  return `${subject}\n\n${text}`;
}

/** Slack reads these as marks: https://api.slack.com/reference/surfaces/formatting#escaping. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What cuts a mail off gives its reason as the cause. */
function isTimeoutError(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** The code says enough; a message may name the address behind a name. */
function reasonOf(error: unknown): string {
  const isTimeout = error instanceof Error && [error, error.cause].some(isTimeoutError);
  if (isTimeout) return 'There was no answer in time.';
  if (error instanceof Error && error.name === 'AbortError')
    return 'The server stopped before there was an answer.';
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return `The receiver could not be reached: ${error.code}.`;
  return 'The receiver could not be reached.';
}

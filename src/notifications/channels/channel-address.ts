/** Where a channel leads, as a person says it: what each kind needs, and what is kept secret of it. */

import { Problem } from '../../core/shared/problem.ts';
import { isReaderKey } from '../push/encrypt-push.ts';
import type { FieldError } from '../../core/shared/problem.ts';
import type { PushReader } from '../push/encrypt-push.ts';
import type { ChannelSecret } from './channel-secret.ts';
import type { ChannelKind } from './channel-store.ts';

/** What a person says of it. */
export interface ChannelWish {
  readonly kind: ChannelKind;
  readonly url?: string | undefined;
  readonly botToken?: string | undefined;
  readonly chatId?: string | undefined;
  /** As `PushSubscription.toJSON()` gives it. */
  readonly subscription?: PushSubscription | undefined;
}

/** Where a browser takes messages, and what they are encrypted for. */
export interface PushSubscription {
  readonly endpoint: string;
  readonly keys: PushReader;
}

/** What may be shown of an address, and the rest; neither of e-mail, which goes to the person's own. */
export interface ChannelAddress {
  readonly target: string | undefined;
  readonly secret: ChannelSecret | undefined;
}

const ALL = ['url', 'botToken', 'chatId', 'subscription'] as const;
const NEEDED: Readonly<Record<ChannelKind, readonly (typeof ALL)[number][]>> = {
  email: [],
  webhook: ['url'],
  slack: ['url'],
  discord: ['url'],
  telegram: ['botToken', 'chatId'],
  push: ['subscription'],
};
/** The column's length. */
const TARGET_LENGTH = 300;

/** Returns where a channel leads. Throws `invalid-request` that names what is missing, wrong or too much. */
export function channelAddress(wish: ChannelWish): ChannelAddress {
  const { kind, url, botToken, chatId, subscription } = wish;
  const needed = NEEDED[kind];
  const missing = needed
    .filter((field) => wish[field] === undefined)
    .map((field) => ({ pointer: `/${field}`, detail: `is needed for a channel of the kind ${kind}` }));
  const tooMuch = ALL.filter((field) => !needed.includes(field) && wish[field] !== undefined).map(
    (field) => ({
      pointer: `/${field}`,
      detail: `does not belong to a channel of the kind ${kind}`,
    }),
  );
  const errors = [...missing, ...tooMuch, ...urlErrors('/url', url), ...subscriptionErrors(subscription)];
  if (errors.length > 0) throw new Problem('invalid-request', 'The channel is not valid.', { errors });
  if (url !== undefined) return { target: hostOf(url), secret: { url } };
  if (subscription) {
    const { endpoint, keys } = subscription;
    return { target: hostOf(endpoint), secret: { url: endpoint, p256dh: keys.p256dh, auth: keys.auth } };
  }
  if (botToken !== undefined && chatId !== undefined) return { target: chatId, secret: { botToken, chatId } };
  return { target: undefined, secret: undefined };
}

/** Where it leads is checked when it is called: a name may resolve to another address by then. */
function urlErrors(pointer: string, url: string | undefined): readonly FieldError[] {
  if (url === undefined) return [];
  const parsed = URL.parse(url);
  const isCallable =
    (parsed?.protocol === 'https:' || parsed?.protocol === 'http:') &&
    parsed.username === '' &&
    parsed.password === '';
  return isCallable ? [] : [{ pointer, detail: 'must be an https or http address without a user' }];
}

/** A key that is no point of the curve would fail at each message. */
function subscriptionErrors(subscription: PushSubscription | undefined): readonly FieldError[] {
  if (!subscription) return [];
  const { endpoint, keys } = subscription;
  return [
    ...urlErrors('/subscription/endpoint', endpoint),
    ...(isReaderKey(keys.p256dh)
      ? []
      : [{ pointer: '/subscription/keys/p256dh', detail: 'must be a public key of P-256 in base64url' }]),
  ];
}

function hostOf(url: string): string {
  return new URL(url).host.slice(0, TARGET_LENGTH);
}

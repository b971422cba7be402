/** What a push service is called with to show a message in a browser (RFC 8030). */

import { present } from '../../core/shared/assert.ts';
import { messageText } from '../delivery/message-text.ts';
import { encryptPush } from './encrypt-push.ts';
import { pushPayload } from './push-payload.ts';
import { vapidAuthorization } from './vapid.ts';
import type { Message } from '../delivery/message.ts';
import type { Recipient } from '../recipient-store.ts';
import type { ChannelSecret } from '../channels/channel-secret.ts';
import type { PushKeys } from './push-keys.ts';

/** A push service keeps a message for a browser that is away for as long as we would try. */
const KEPT_SECONDS = 3 * 24 * 3_600;

/** A message for one subscription. */
export interface PushedMessage {
  readonly id: string;
  readonly secret: ChannelSecret;
  readonly recipient: Pick<Recipient, 'language' | 'timezone'>;
  readonly message: Message;
}

export interface PushCallsDependencies {
  readonly keys: Pick<PushKeys, 'pair'>;
  /** Where the operator of a push service reaches ours: an https or a mailto address. */
  readonly contact: string | undefined;
  readonly clock: () => number;
}

export class PushCalls {
  readonly #deps: PushCallsDependencies;

  constructor(deps: PushCallsDependencies) {
    this.#deps = deps;
  }

  /** Each attempt is encrypted and signed by itself. Throws `secret-unreadable`, or `encryption-key-missing`. */
  async callOf({ id, secret, recipient, message }: PushedMessage) {
    const { keys, contact, clock } = this.#deps;
    const url = present(secret.url, 'the address of a subscription');
    const p256dh = present(secret.p256dh, 'the key of a subscription');
    const auth = present(secret.auth, 'the secret of a subscription');
    const text = messageText(message, recipient.language, recipient.timezone);
    const authorization = vapidAuthorization(await keys.pair(), { endpoint: url, contact, at: clock() });
    return {
      url,
      body: encryptPush(pushPayload(message, text, id), { p256dh, auth }),
      headers: {
        authorization,
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
        ttl: String(KEPT_SECONDS),
        urgency: message.severity === 'critical' ? 'high' : 'normal',
      },
    };
  }
}

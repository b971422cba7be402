/** A browser that subscribed to web push: it reads what a push service was given for it, as RFC 8291 and RFC 8292 say. */

import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { present } from '../../src/core/shared/assert.ts';
import type { ReceivedRequest } from './receiver.ts';

const SALT = [0, 16] as const;
const SENDER_KEY = [21, 86] as const;
const TAG_BYTES = 16;
/** Stands between the message and its padding. */
const LAST = 2;

export class PushBrowser {
  readonly #ecdh = createECDH('prime256v1');
  readonly #publicKey = this.#ecdh.generateKeys();
  readonly #auth = randomBytes(16);
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** What a page sends to the server. */
  get subscription() {
    return {
      endpoint: this.#endpoint,
      expirationTime: null,
      keys: {
        p256dh: this.#publicKey.toString('base64url'),
        auth: this.#auth.toString('base64url'),
      },
    };
  }

  /** What its service worker gets. */
  read({ headers, bytes }: ReceivedRequest) {
    if (headers['content-encoding'] !== 'aes128gcm') throw new Error('another encoding');
    const salt = bytes.subarray(...SALT);
    const senderKey = bytes.subarray(...SENDER_KEY);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#publicKey, senderKey]);
    const secret = hkdfSync('sha256', this.#ecdh.computeSecret(senderKey), this.#auth, info, 32);
    const key = hkdfSync('sha256', Buffer.from(secret), salt, 'Content-Encoding: aes128gcm\0', 16);
    const nonce = hkdfSync('sha256', Buffer.from(secret), salt, 'Content-Encoding: nonce\0', 12);
    const decipher = createDecipheriv('aes-128-gcm', Buffer.from(key), Buffer.from(nonce));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const parts = [decipher.update(bytes.subarray(SENDER_KEY[1], -TAG_BYTES)), decipher.final()];
    const padded = Buffer.concat(parts);
    return JSON.parse(padded.subarray(0, padded.lastIndexOf(LAST)).toString());
  }
}

/** What the server says of itself; throws unless the key that is shown signed it. */
export function vapidClaims({ headers }: ReceivedRequest) {
  const { groups } = present(
    /^vapid t=(?<signed>[\w-]+\.[\w-]+)\.(?<signature>[\w-]+), k=(?<key>[\w-]+)$/.exec(
      headers.authorization ?? '',
    ),
    'the header authorization',
  );
  const { signed = '', signature = '', key = '' } = groups ?? {};
  const point = Buffer.from(key, 'base64url');
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const isGenuine = verify(
    'sha256',
    Buffer.from(signed),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isGenuine) throw new Error('the signature is not of this key');
  const [header = '', claims = ''] = signed.split('.');
  const partOf = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
  return { key, header: partOf(header), claims: partOf(claims) };
}

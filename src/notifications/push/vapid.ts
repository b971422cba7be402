/** How a push service knows this server: a key pair of its own, and a token that it signs for each call (VAPID, RFC 8292). */

import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

/** The longest that a push service accepts is a day. */
const VALID_FOR_S = 12 * 3_600;
/** Of a public point that is not compressed. */
const POINT_MARK = Buffer.of(4);

/** A key pair: `publicKey` is the point in base64url, as browsers take it, `privateKey` PKCS #8 in base64. */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

export function makeVapidKeys(): VapidKeys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([POINT_MARK, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return {
    publicKey: point.toString('base64url'),
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

/** Returns the header `authorization` of a call to a push service at `at` (UTC ms); `contact` says where its operator reaches ours. */
export function vapidAuthorization(
  { publicKey, privateKey }: VapidKeys,
  {
    endpoint,
    contact,
    at,
  }: { readonly endpoint: string; readonly contact: string | undefined; readonly at: number },
): string {
  const claims = {
    aud: new URL(endpoint).origin,
    exp: Math.floor(at / 1_000) + VALID_FOR_S,
    ...(contact !== undefined && { sub: contact }),
  };
  const signed = [{ typ: 'JWT', alg: 'ES256' }, claims].map(encoded).join('.');
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `vapid t=${signed}.${signature.toString('base64url')}, k=${publicKey}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Encrypts a message so that only the browser that subscribed can read it (RFC 8291), as one record of aes128gcm (RFC 8188). */

import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import type { ECDH } from 'node:crypto';

const CURVE = 'prime256v1';
const SALT_BYTES = 16;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const SECRET_BYTES = 32;
/** What every push service takes; the message, its mark of the end and its tag are less. */
const RECORD_BYTES = 4_096;
/** Ends the last record. */
const LAST = Buffer.of(2);
/** Header, mark and tag: 16 + 4 + 1 + 65, 1, 16. */
const OVERHEAD_BYTES = 103;

/** The longest message: with what is added to it, push services take no more (RFC 8030, section 7.2). */
export const LONGEST_PUSH_BYTES = RECORD_BYTES - OVERHEAD_BYTES;

/** Of a subscription, in base64url: the browser's public key, and the secret that it shares with us alone. */
export interface PushReader {
  readonly p256dh: string;
  readonly auth: string;
}

/** What is drawn for each message. */
export interface PushDraw {
  readonly salt: Buffer;
  readonly sender: ECDH;
}

function draw(): PushDraw {
  const sender = createECDH(CURVE);
  sender.generateKeys();
  return { salt: randomBytes(SALT_BYTES), sender };
}

/** Whether messages can be encrypted for this public key. */
export function isReaderKey(p256dh: string): boolean {
  try {
    draw().sender.computeSecret(Buffer.from(p256dh, 'base64url'));
    return true;
  } catch {
    return false;
  }
}

/** Returns the body of the request to the push service. */
export function encryptPush(plain: Buffer, { p256dh, auth }: PushReader, { salt, sender } = draw()): Buffer {
  const readerKey = Buffer.from(p256dh, 'base64url');
  const senderKey = sender.getPublicKey();
  const shared = sender.computeSecret(readerKey);
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), readerKey, senderKey]);
  const secret = derive(shared, Buffer.from(auth, 'base64url'), keyInfo, SECRET_BYTES);
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), KEY_BYTES);
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), NONCE_BYTES);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const encrypted = [cipher.update(Buffer.concat([plain, LAST])), cipher.final(), cipher.getAuthTag()];
  const recordSize = Buffer.alloc(4);
  recordSize.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([salt, recordSize, Buffer.of(senderKey.length), senderKey, ...encrypted]);
}

function derive(secret: Buffer, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}

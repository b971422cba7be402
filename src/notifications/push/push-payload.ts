/** What a browser's service worker gets: small enough for every push service. */

import { LONGEST_PUSH_BYTES } from './encrypt-push.ts';
import { cutText } from '../delivery/message-text.ts';
import type { MessageText } from '../delivery/message-text.ts';
import type { Message } from '../delivery/message.ts';

const TITLE_LENGTH = 200;

/** Returns it as JSON; a text that is too long is cut at its end. */
export function pushPayload(
  { severity, count, items }: Message,
  { subject, text }: MessageText,
  id: string,
): Buffer {
  const notificationId = count === 1 ? items[0]?.id : undefined;
  const withBody = (body: string): Buffer =>
    Buffer.from(
      JSON.stringify({ id, title: cutText(subject, TITLE_LENGTH), body, severity, count, notificationId }),
    );
  let length = text.length;
  let payload = withBody(text);
  while (payload.length > LONGEST_PUSH_BYTES) {
    // A character has six bytes at most as JSON; what is cut is in the app.
    length -= Math.ceil((payload.length - LONGEST_PUSH_BYTES) / 6);
    payload = withBody(`${cutText(text, length)}…`);
  }
  return payload;
}

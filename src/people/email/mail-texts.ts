/** The texts of mails about people and their accounts at this server. */

import type { MailText } from '../../mail/mail.ts';

/** Who reads a mail, and where the server is. */
export interface Addressee {
  readonly username: string;
  readonly publicUrl: string;
}

/** A code from a mail, and how long it is good. */
export interface MailedCode extends Addressee {
  readonly token: string;
  readonly minutes: number;
}

export function resetMail({ username, publicUrl, token, minutes }: MailedCode): MailText {
  return {
    subject: 'Set a new password',
    text: paragraphs(
      `Hello ${username},`,
      `someone, probably you, wants to set a new password at ${publicUrl}. This code is good once, for ${minutes} minutes:`,
      token,
      requestText(
        publicUrl,
        'auth/password-reset/confirm',
        '{"token": "THE CODE", "password": "A NEW PASSWORD"}',
      ),
      'If it was not you, do nothing: your password stays as it is.',
    ),
  };
}

export function resetDoneMail({ username, publicUrl }: Addressee): MailText {
  return {
    subject: 'Your password was changed',
    text: paragraphs(
      `Hello ${username},`,
      `a new password was set at ${publicUrl} with a code from an e-mail to this address. You are signed out everywhere. API keys stay as they are: revoke those that you do not know.`,
      'If it was not you, someone else reads your e-mail: secure your mailbox, set another password, and ask the administrator of the server.',
    ),
  };
}

/** How a code is sent by hand, for those who have no page for it. */
function requestText(publicUrl: string, path: string, body: string): string {
  return `Enter it where you asked for it, or send it yourself:\nPOST ${publicUrl}/api/v1/${path}\n${body}`;
}

function paragraphs(...texts: string[]): string {
  return `${texts.join('\n\n')}\n`;
}

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

export function verifyMail({ username, publicUrl, token }: MailedCode): MailText {
  return {
    subject: 'Confirm your e-mail address',
    text: paragraphs(
      `Hello ${username},`,
      `this address was used to sign up at ${publicUrl}. If that was you, confirm it; this code is good once, for a day:`,
      token,
      requestText(publicUrl, 'auth/verify-email', '{"token": "THE CODE"}'),
      'If it was not you, do nothing.',
    ),
  };
}

export function emailTakenMail({ username, publicUrl }: Addressee): MailText {
  return {
    subject: 'You have signed up already',
    text: paragraphs(
      `Hello ${username},`,
      `someone, probably you, tried to sign up at ${publicUrl} with this address. You are signed up already, as ${username}: sign in. If you forgot your password, or did not sign up yourself, set a new one with a code:`,
      requestText(publicUrl, 'auth/password-reset', '{"email": "THIS ADDRESS"}'),
      'If it was not you, do nothing.',
    ),
  };
}

export function usernameTakenMail({ username, publicUrl }: Addressee): MailText {
  return {
    subject: 'That username is taken',
    text: paragraphs(
      'Hello,',
      `someone, probably you, tried to sign up at ${publicUrl} as ${username}. Another person has that name: sign up again with another one.`,
      'If it was not you, do nothing.',
    ),
  };
}

export function changeMail({ username, publicUrl, token, minutes }: MailedCode): MailText {
  return {
    subject: 'Confirm your new e-mail address',
    text: paragraphs(
      `Hello ${username},`,
      `this is to be your e-mail address at ${publicUrl}. Confirm it with this code, which is good once, for ${minutes} minutes:`,
      token,
      requestText(publicUrl, 'auth/email-change/confirm', '{"token": "THE CODE"}'),
      'If it was not you, do nothing.',
    ),
  };
}

export function changedMail({ username, publicUrl, token }: MailedCode, email: string): MailText {
  return {
    subject: 'Your e-mail address was changed',
    text: paragraphs(
      `Hello ${username},`,
      `your e-mail address at ${publicUrl} is ${email} from now on, and you were signed out everywhere. If that was you, do nothing.`,
      'If it was not you, someone else knows your password. Take this address back with this code, which is good for three days. Your password then opens nothing any more, and you set a new one:',
      token,
      requestText(publicUrl, 'auth/email-change/undo', '{"token": "THE CODE"}'),
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

/** Sends mails over SMTP. */

import { RecipientDeferred, RecipientRefused } from './mail.ts';
import type { Transporter } from 'nodemailer';
import type { MailSender, MailText } from './mail.ts';

/** A mail server that takes longer is taken for not there; the mail is tried again later. */
const PATIENCE_MS = 15_000;
/** The longest that one mail takes, however slowly the mail server speaks: shorter than any mail is kept from other copies of the server. */
const LONGEST_MS = 60_000;
/** Answers from here on mean that trying again does not help (RFC 5321, section 4.2.1). */
const PERMANENT = 500;
/** The mail server goes away: no answer to the recipient. */
const CLOSING = 421;

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password where the mail server wants them. */
  readonly url: string;
  /** The address that mails are from. */
  readonly from: string;
}

/** A mail server, connected for each mail. */
export class SmtpSender implements MailSender {
  readonly #options: SmtpOptions;
  #transport: Promise<Transporter> | undefined;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  /** Connects and signs in; rejects with what the mail server said when that is not possible. Sends nothing. */
  async verify(): Promise<void> {
    const transport = await openTransport(this.#options.url);
    try {
      await transport.verify();
    } finally {
      transport.close();
    }
  }

  async send(recipient: string, { subject, text, id }: MailText, signal?: AbortSignal): Promise<void> {
    try {
      this.#transport ??= openTransport(this.#options.url);
      const transport = await this.#transport;
      await transport.sendMail({
        from: this.#options.from,
        // As an object, because text could be taken for a list of addresses.
        to: { name: '', address: recipient },
        subject,
        text,
        ...(id !== undefined && { messageId: `<${id}@${domainOf(this.#options.from)}>` }),
        signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...(signal ? [signal] : [])]),
        // No answers by machines, which would come to the sender's address (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      const answer = answerToRecipient(error);
      if (answer === undefined) throw error;
      if (answer >= PERMANENT) throw new RecipientRefused('refused', { cause: error });
      throw new RecipientDeferred('the mail server takes nothing for this recipient now', { cause: error });
    }
  }
}

/** Loaded with the first mail: most servers start without one. */
async function openTransport(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    url,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Returns the domain of an address, with or without a name. */
function domainOf(from: string): string {
  return /@([^>\s]+)/.exec(from)?.[1] ?? 'localhost';
}

/** Returns the code with which the mail server refused the recipient; undefined when something else failed, such as the sender. */
function answerToRecipient(error: unknown): number | undefined {
  if (!(error instanceof Error && 'command' in error && 'responseCode' in error)) return undefined;
  const code = Number(error.responseCode);
  return error.command === 'RCPT TO' && code !== CLOSING ? code : undefined;
}

/** What an e-mail is to the rest of the server. */

/** A mail that is to be sent: what it is about, to whom, and what its writer needs to know. Never a secret: it is stored as it is. */
export interface MailOrder {
  readonly kind: string;
  readonly recipient: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it is of no use any more, UTC ms. */
  readonly expiresAt: number;
}

/** A mail whose turn it is. */
export interface DueMail extends MailOrder {
  readonly id: string;
  /** 1 at the first attempt. */
  readonly attempt: number;
}

/** What the recipient reads. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  /** The same at each attempt, so that a mail that came twice can be found to be one; the mail server makes one when left out. */
  readonly id?: string;
}

/** Writes mails of one kind, at each attempt again; undefined when there is nothing to send after all. */
export type MailWriter = (mail: DueMail) => Promise<MailText | undefined>;

/** Sends a mail, or throws; `signal` cuts it off. */
export interface MailSender {
  send(recipient: string, mail: MailText, signal?: AbortSignal): Promise<void>;
}

/** The mail server takes no mail for this recipient; it is not tried again. */
export class RecipientRefused extends Error {}

/** The mail server takes no mail for this recipient now, and may take those for others. */
export class RecipientDeferred extends Error {}

/**
 * Sending e-mails. What is posted is stored first and sent in the background, again and again until it was sent or has expired: at
 * least once, and twice when the server dies right after it was sent.
 */

import { backoffDelayMs } from '../core/shared/backoff.ts';
import { Problem } from '../core/shared/problem.ts';
import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import { RecipientDeferred, RecipientRefused } from './mail.ts';
import type { Log } from '../process/log.ts';
import type { DueMail, MailOrder, MailSender, MailWriter } from './mail.ts';
import type { MailStore } from './mail-store.ts';

/** Mails that another copy of the server posted, and those to be tried again, are looked for this often. */
const LOOK_EVERY_MS = 10_000;
/** Longer than a mail server may take for one mail. */
const TAKEN_FOR_MS = 5 * 60_000;
/** At the stop of the server, what a mail server is taking may end: cut off, it may come twice. */
const GRACE_MS = 3_000;
const PAUSES = { firstMs: 15_000, longestMs: 30 * 60_000 };
const HOUR_MS = 3_600_000;
/** So many of one kind to one address in an hour: no one fills the mailbox of another. */
const MOST_AN_HOUR = 5;
/**
 * While the mail server cannot be reached, mails wait; a table that grows without end would be the next failure. Of each kind: sign-ups,
 * which anyone can send, must not keep people from setting a new password.
 */
const MOST_WAITING = 10_000;

export interface MailsDependencies {
  readonly store: MailStore;
  /** Undefined where the settings name no mail server. */
  readonly sender: MailSender | undefined;
  /** Who writes mails of which kind. */
  readonly writers: Readonly<Record<string, MailWriter>>;
  readonly clock: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The mails of the server. */
export class Mails {
  readonly #deps: MailsDependencies;
  readonly #delivery: Periodic;
  readonly #outage = new Outage();
  readonly #cutOff = new AbortController();

  constructor(deps: MailsDependencies) {
    this.#deps = deps;
    this.#delivery = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.deliver(),
      onFailure: (error) => deps.log.warn({ err: error }, 'mails were not sent; trying again'),
    });
  }

  /** Whether the settings name a mail server. */
  get isOn(): boolean {
    return this.#deps.sender !== undefined;
  }

  /** Throws `mail-off` when the server cannot send mails, or too many of a kind wait. */
  async assertOn(kind: string): Promise<void> {
    if (!this.isOn)
      throw new Problem('mail-off', 'This server sends no e-mail: its settings name no mail server.');
    if ((await this.#deps.store.countWaiting(kind, MOST_WAITING)) >= MOST_WAITING)
      throw new Problem('mail-off', 'Too many mails wait: the mail server takes none. Try again later.');
  }

  /** Stores a mail to be sent; one too many for its recipient is dropped without a word, because the sender may be anyone. */
  async post(order: MailOrder): Promise<void> {
    await this.assertOn(order.kind);
    const { store, clock } = this.#deps;
    const at = clock();
    if (await store.add(order, { at, since: at - HOUR_MS, most: MOST_AN_HOUR })) this.#delivery.wake();
  }

  /** Posts a mail about what has happened already: without a mail server, or when too many wait, it is left out. */
  async notify(order: MailOrder): Promise<void> {
    try {
      await this.post(order);
    } catch (error) {
      if (!(error instanceof Problem && error.type === 'mail-off')) throw error;
      if (this.isOn) this.#deps.log.warn({ kind: order.kind, err: error }, 'a mail was left out');
    }
  }

  start(): void {
    if (!this.isOn) return;
    this.#delivery.start();
    this.#delivery.wake();
  }

  /** A mail server that says nothing is not waited for. */
  async stop(): Promise<void> {
    const grace = setTimeout(() => this.#cutOff.abort(), GRACE_MS);
    await this.#delivery.stop();
    clearTimeout(grace);
  }

  /** Sends what is due. */
  async deliver(): Promise<void> {
    const { store, sender, clock } = this.#deps;
    if (!sender) return;
    while (!this.#delivery.isStopped) {
      const mail = await store.takeDue(clock(), clock() + TAKEN_FOR_MS);
      if (!mail || !(await this.#send(mail, sender))) return;
    }
  }

  /** Removes what has expired, and returns how many. */
  removeExpired(): Promise<number> {
    // Sent mails are counted for an hour.
    return this.#deps.store.removeExpired(this.#deps.clock() - HOUR_MS);
  }

  /** Whether the mail server can be asked to take the next mail. */
  async #send(mail: DueMail, sender: MailSender): Promise<boolean> {
    const { store, writers, clock, log } = this.#deps;
    const fields = { mailId: mail.id, kind: mail.kind, attempt: mail.attempt };
    try {
      const text = await writers[mail.kind]?.(mail);
      if (text) await sender.send(mail.recipient, text, this.#cutOff.signal);
      this.#outage.end(log, 'mails are sent again');
    } catch (error) {
      if (error instanceof RecipientRefused) {
        log.warn({ ...fields, err: error.cause }, 'the mail server refuses the recipient of a mail');
        await store.finish(mail.id, clock());
        return true;
      }
      const pauseMs = backoffDelayMs(mail.attempt - 1, PAUSES, 1);
      // One that the stop of the server cut off is no failure of the mail server.
      const isNews =
        !this.#cutOff.signal.aborted &&
        (error instanceof RecipientDeferred ? mail.attempt === 1 : this.#outage.begin());
      if (isNews)
        // Not as `err`: a mail server that does not answer fails as a database that does not answer, which has a line of its own.
        log.warn(
          { ...fields, seconds: pauseMs / 1_000, reason: reasonOf(error) },
          'a mail was not sent; trying again',
        );
      await store.postpone(mail.id, clock() + pauseMs);
      return error instanceof RecipientDeferred;
    }
    await store.finish(mail.id, clock());
    return true;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}

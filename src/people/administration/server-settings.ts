/** What administrators decide for the whole server. It holds on every copy of the server from the next request on. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../security-journal.ts';
import { isEmail } from '../sign-up-rules.ts';
import { DAY_LIMITS, isDutyOf } from './system-settings-store.ts';
import { PERSON_LIMIT_NAMES } from './person-limits.ts';
import type { PersonLimitName, PersonLimitSource } from './person-limits.ts';
import type { Administrator, Journal } from '../security-journal.ts';
import type { UserRole } from '../user-store.ts';
import type { SystemSettings, SystemSettingsChange, SystemSettingsStore } from './system-settings-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

export interface ServerSettingsDependencies {
  readonly store: SystemSettingsStore;
  readonly journal: Journal;
  readonly clock: () => number;
  /** Whether this process sends e-mails; it does not when left out. */
  readonly sendsMail?: boolean;
}

const JOURNAL_DAYS = Object.keys(DAY_LIMITS) as readonly (keyof typeof DAY_LIMITS)[];

/** How long settings are not read again that are needed often: limits for each order. */
const REMEMBER_MS = 1_000;

/** The settings of the server. */
export class ServerSettings implements PersonLimitSource {
  readonly #deps: ServerSettingsDependencies;
  #remembered: { readonly settings: Promise<SystemSettings>; readonly until: number } | undefined;

  constructor(deps: ServerSettingsDependencies) {
    this.#deps = deps;
  }

  get(): Promise<SystemSettings> {
    return this.#deps.store.read();
  }

  /** Changes settings and returns them all; throws `invalid-request` when a listed sign-up is neither an address nor a domain, `conflict` for what needs mail or a second factor. */
  async change(
    change: SystemSettingsChange,
    by: Administrator,
    precondition?: Precondition<SystemSettings>,
  ): Promise<SystemSettings> {
    const { store, journal, clock, sendsMail = false } = this.#deps;
    if (change.requireVerifiedEmail === true && !sendsMail) throw noMail();
    await this.#assertOwnFactor(change, by);
    const before = await store.read();
    const listed = change.listedSignUps?.map((entry) => entry.toLowerCase());
    const errors = (listed ?? []).flatMap((entry, index) =>
      isEmail(entry.startsWith('@') ? `anyone${entry}` : entry)
        ? []
        : [
            {
              pointer: `/listedSignUps/${index}`,
              detail: 'must be an e-mail address, or a domain such as @example.org',
            },
          ],
    );
    if (errors.length > 0) throw new Problem('invalid-request', 'The settings are not valid.', { errors });
    const wanted = { ...change, listedSignUps: listed && [...new Set(listed)] };
    const after = await store.change(wanted, clock(), precondition);
    this.#remembered = undefined;
    if (JSON.stringify(after) === JSON.stringify(before)) return after;
    await journal.record(
      adminFact(by, {
        type: 'settings-changed',
        description: `The settings of the server were changed; sign-up is ${after.signUp}.`,
        userId: by.userId,
        details: differenceOf(before, after),
      }),
    );
    return after;
  }

  /** How much of something one person may have. What another copy of the server changes holds here a second later. */
  async mostOf(name: PersonLimitName): Promise<number> {
    return (await this.#current()).personLimits[name];
  }

  /** Whether the API's description is for people who are signed in; also a second later than elsewhere. */
  async hidesApiDescription(): Promise<boolean> {
    return (await this.#current()).hideApiDescription;
  }

  /** Whether people of this role have to have a second factor. */
  async requiresSecondFactor(role: UserRole): Promise<boolean> {
    return isDutyOf(role, (await this.#deps.store.read()).requireSecondFactor);
  }

  /** Whether traders sign in only with a verified address. */
  async requiresVerifiedEmail(): Promise<boolean> {
    return (await this.#deps.store.read()).requireVerifiedEmail;
  }

  /** Throws `forbidden` when no one may sign up with this address. */
  async assertMaySignUp(email: string): Promise<void> {
    const { signUp, listedSignUps } = await this.#deps.store.read();
    if (signUp === 'open') return;
    const address = email.toLowerCase();
    const domain = address.slice(address.lastIndexOf('@'));
    if (signUp === 'listed' && (listedSignUps.includes(address) || listedSignUps.includes(domain))) return;
    throw new Problem('forbidden', 'Sign-up is closed here. Ask the administrator.', {
      code: 'sign-up-closed',
    });
  }

  #current(): Promise<SystemSettings> {
    const now = this.#deps.clock();
    if (!this.#remembered || this.#remembered.until <= now) {
      const settings = this.#deps.store.read();
      this.#remembered = { settings, until: now + REMEMBER_MS };
      settings.catch(() => (this.#remembered = undefined));
    }
    return this.#remembered.settings;
  }

  /** Who asks others for a second factor shows by their own that people can add one here, and is not the first to be kept out. */
  async #assertOwnFactor({ requireSecondFactor }: SystemSettingsChange, by: Administrator): Promise<void> {
    if (requireSecondFactor === undefined || requireSecondFactor === 'none' || by.userId === undefined)
      return;
    if (await this.#deps.store.hasSecondFactor(by.userId)) return;
    throw new Problem('conflict', 'Add a second factor of your own first: POST /me/second-factor.', {
      code: 'second-factor-missing',
    });
  }
}

/** Returns the members of these names that changed, as they were and are. */
function changesOf<Name extends string>(
  names: readonly Name[],
  before: Readonly<Record<Name, number>>,
  after: Readonly<Record<Name, number>>,
) {
  const changed = names.filter((name) => before[name] !== after[name]);
  return Object.fromEntries(changed.map((name) => [name, { from: before[name], to: after[name] }]));
}

/** Without mails no one could verify an address, and no trader would get in. */
function noMail(): Problem {
  return new Problem(
    'conflict',
    'Verified addresses cannot be asked for: this server sends no e-mail. Set SMTP_URL, MAIL_FROM and PUBLIC_URL first.',
    { code: 'mail-off' },
  );
}

/** What changed, and not the whole list: it may be long. */
function differenceOf(before: SystemSettings, after: SystemSettings) {
  const [listed, known] = [new Set(after.listedSignUps), new Set(before.listedSignUps)];
  const limits = changesOf(PERSON_LIMIT_NAMES, before.personLimits, after.personLimits);
  return {
    signUp: { from: before.signUp, to: after.signUp },
    listed: after.listedSignUps.filter((entry) => !known.has(entry)),
    notListedAnyMore: before.listedSignUps.filter((entry) => !listed.has(entry)),
    ...changesOf(JOURNAL_DAYS, before, after),
    ...(before.requireVerifiedEmail !== after.requireVerifiedEmail && {
      requireVerifiedEmail: after.requireVerifiedEmail,
    }),
    ...(before.requireSecondFactor !== after.requireSecondFactor && {
      requireSecondFactor: { from: before.requireSecondFactor, to: after.requireSecondFactor },
    }),
    ...(before.hideApiDescription !== after.hideApiDescription && {
      hideApiDescription: after.hideApiDescription,
    }),
    ...(Object.keys(limits).length > 0 && { personLimits: limits }),
  };
}

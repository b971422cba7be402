/** What administrators decide for the whole server. It holds on every copy of the server from the next request on. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../security-journal.ts';
import { isEmail } from '../sign-up-rules.ts';
import type { Administrator, Journal } from '../security-journal.ts';
import type { SystemSettings, SystemSettingsChange, SystemSettingsStore } from './system-settings-store.ts';

export interface ServerSettingsDependencies {
  readonly store: SystemSettingsStore;
  readonly journal: Journal;
  readonly clock: () => number;
}

/** The settings of the server. */
export class ServerSettings {
  readonly #deps: ServerSettingsDependencies;

  constructor(deps: ServerSettingsDependencies) {
    this.#deps = deps;
  }

  get(): Promise<SystemSettings> {
    return this.#deps.store.read();
  }

  /** Changes settings and returns them all; throws `invalid-request` when a listed sign-up is neither an address nor a domain. */
  async change(change: SystemSettingsChange, by: Administrator): Promise<SystemSettings> {
    const { store, journal, clock } = this.#deps;
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
    const wanted = { signUp: change.signUp, listedSignUps: listed && [...new Set(listed)] };
    const after = await store.change(wanted, clock());
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
}

/** What changed, and not the whole list: it may be long. */
function differenceOf(before: SystemSettings, after: SystemSettings) {
  const [listed, known] = [new Set(after.listedSignUps), new Set(before.listedSignUps)];
  return {
    signUp: { from: before.signUp, to: after.signUp },
    listed: after.listedSignUps.filter((entry) => !known.has(entry)),
    notListedAnyMore: before.listedSignUps.filter((entry) => !listed.has(entry)),
  };
}

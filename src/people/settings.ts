/** People's settings: read, checked and changed. */

import { Problem } from '../core/shared/problem.ts';
import { present } from '../core/shared/assert.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { SettingsChanges, SettingsStore, UserSettings } from './settings-store.ts';
import type { Precondition } from '../http/preconditions.ts';

/** A front end's choices, not a place to store files. */
const PREFERENCES_LENGTH = 16_384;

/** The settings of all users. */
export class Settings {
  readonly #store: SettingsStore;

  constructor({ store }: { readonly store: SettingsStore }) {
    this.#store = store;
  }

  async get(userId: string): Promise<UserSettings> {
    return present(await this.#store.find(userId), `the settings of ${userId}`);
  }

  /** Changes settings and returns all of them. */
  async change(
    userId: string,
    changes: SettingsChanges,
    precondition?: Precondition<UserSettings>,
  ): Promise<UserSettings> {
    const errors = [...webhookErrors(changes.notifyWebhookUrl), ...preferenceErrors(changes.preferences)];
    if (errors.length > 0) throw new Problem('invalid-request', 'The settings are not valid.', { errors });
    await this.#store.change(userId, changes, precondition);
    return this.get(userId);
  }

  /** Removes the address of the webhook with the entry that says so, unless it is another one by now; returns whether it did. */
  dropWebhook(userId: string, url: string, entry: JournalEntry): Promise<boolean> {
    return this.#store.dropWebhook(userId, url, entry);
  }
}

/** Where it leads is checked when it is called: a name may resolve to another address by then. */
function webhookErrors(url: string | null | undefined) {
  if (url === undefined || url === null) return [];
  const { protocol, username, password } = URL.parse(url) ?? { protocol: '', username: '', password: '' };
  const isCallable = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  return isCallable
    ? []
    : [{ pointer: '/notifyWebhookUrl', detail: 'must be an http or https address without a user' }];
}

function preferenceErrors(preferences: Readonly<Record<string, unknown>> | undefined) {
  if (preferences === undefined || JSON.stringify(preferences).length <= PREFERENCES_LENGTH) return [];
  return [{ pointer: '/preferences', detail: `must have at most ${PREFERENCES_LENGTH} characters as JSON` }];
}

/** A person's defaults and choices about notifications. */

import type { Settings } from './settings.ts';
import { principalOf } from '../http/authenticate.ts';
import type { App } from '../http/route.ts';
import { SettingsPatch, SettingsView, settingsView } from './people-schemas.ts';
import { preconditionOf } from '../http/preconditions.ts';

/** The 16,384 characters that preferences may have, in any script, and the other settings. */
const PREFERENCES_BODY_BYTES = 72 * 1024;

export interface SettingsRouteDependencies {
  readonly settings: Settings;
}

export function registerSettingsRoutes(app: App, { settings }: SettingsRouteDependencies): void {
  app.get('/settings', {
    config: { access: 'user', versionOf: Object.keys(SettingsView.properties) },
    schema: {
      operationId: 'getSettings',
      summary: 'My settings',
      tags: ['settings'],
      response: { 200: SettingsView },
    },
    handler: async (request) => settingsView(await settings.get(principalOf(request).userId)),
  });

  app.patch('/settings', {
    bodyLimit: PREFERENCES_BODY_BYTES,
    config: { access: 'user', versionOf: Object.keys(SettingsView.properties) },
    schema: {
      operationId: 'changeSettings',
      summary: 'Change some of my settings',
      tags: ['settings'],
      body: SettingsPatch,
      response: { 200: SettingsView },
    },
    handler: async (request) =>
      settingsView(
        await settings.change(
          principalOf(request).userId,
          request.body,
          preconditionOf(request, settingsView),
        ),
      ),
  });
}

/** The settings of the server, for administrators. */

import { Type } from 'typebox';
import { EMAIL_LENGTH } from '../sign-up-rules.ts';
import { SIGN_UP_MODES } from './system-settings-store.ts';
import { administratorOf } from './user-admin-routes.ts';
import { LIST_BODY_BYTES } from '../../http/body-limits.ts';
import type { App } from '../../http/route.ts';
import type { ServerSettings } from './server-settings.ts';
import type { SystemSettings } from './system-settings-store.ts';

export interface ServerSettingsRouteDependencies {
  readonly serverSettings: ServerSettings;
}

/** A company's domains, or the people of a small server one by one. */
const MOST_LISTED = 1_000;

const SettingsView = Type.Object({
  signUp: Type.Enum(SIGN_UP_MODES, {
    description: 'Who may sign up: anyone, those in `listedSignUps`, or no one.',
  }),
  listedSignUps: Type.Array(Type.String(), {
    description: 'Addresses, and domains such as @example.org, that may sign up when `signUp` is listed.',
  }),
});

const SettingsPatch = Type.Object(
  {
    signUp: Type.Optional(Type.Enum(SIGN_UP_MODES)),
    listedSignUps: Type.Optional(
      Type.Array(Type.String({ maxLength: EMAIL_LENGTH }), { maxItems: MOST_LISTED }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

export function registerServerSettingsRoutes(
  app: App,
  { serverSettings }: ServerSettingsRouteDependencies,
): void {
  app.get('/admin/settings', {
    config: { access: 'admin' },
    schema: {
      operationId: 'getServerSettings',
      summary: 'The settings of the server',
      tags: ['admin'],
      response: { 200: SettingsView },
    },
    handler: async () => settingsView(await serverSettings.get()),
  });

  app.patch('/admin/settings', {
    bodyLimit: LIST_BODY_BYTES,
    config: { access: 'admin' },
    schema: {
      operationId: 'changeServerSettings',
      summary: 'Change settings of the server',
      description: 'They hold on every copy of the server from the next request on.',
      tags: ['admin'],
      body: SettingsPatch,
      response: { 200: SettingsView },
    },
    handler: async (request) =>
      settingsView(await serverSettings.change(request.body, administratorOf(request))),
  });
}

function settingsView({ signUp, listedSignUps }: SystemSettings) {
  return { signUp, listedSignUps: [...listedSignUps] };
}

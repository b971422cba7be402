/** The settings of the server, for administrators. */

import { Type } from 'typebox';
import { orNull } from '../../http/values.ts';
import { EMAIL_LENGTH } from '../sign-up-rules.ts';
import { DAY_LIMITS, SECOND_FACTOR_DUTIES, SIGN_UP_MODES } from './system-settings-store.ts';
import { LARGEST_LIMIT, PERSON_LIMIT_NAMES, PERSON_LIMITS } from './person-limits.ts';
import { administratorOf } from './user-admin-routes.ts';
import { LIST_BODY_BYTES } from '../../http/body-limits.ts';
import { namedObject } from '../../http/schemas.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import type { TInteger, TOptional, TUnsafe } from 'typebox';
import type { PersonLimitName } from './person-limits.ts';
import type { App } from '../../http/route.ts';
import type { ServerSettings } from './server-settings.ts';
import type { SystemSettings } from './system-settings-store.ts';

export interface ServerSettingsRouteDependencies {
  readonly serverSettings: ServerSettings;
}

/** A company's domains, or the people of a small server one by one. */
const MOST_LISTED = 1_000;

type LimitProperties = Record<PersonLimitName, TOptional<TUnsafe<number | null>>>;

const SettingsView = namedObject('ServerSettings', {
  signUp: Type.Enum(SIGN_UP_MODES, {
    description: 'Who may sign up: anyone, those in `listedSignUps`, or no one.',
  }),
  listedSignUps: Type.Array(Type.String(), {
    description: 'Addresses, and domains such as @example.org, that may sign up when `signUp` is listed.',
  }),
  journalDays: Type.Integer({
    description:
      'For how many days entries of the journal are kept that are about trading. Those of orders and positions that are open stay for longer, as do starts and stops of strategies.',
  }),
  systemJournalDays: Type.Integer({
    description:
      'For how many days those about the system are kept: as many as `journalDays`, until it is said.',
  }),
  securityJournalDays: Type.Integer({
    description: 'For how many days those about security are kept.',
  }),
  adminJournalDays: Type.Integer({
    description:
      'For how many days those about administration are kept: as many as `securityJournalDays`, until it is said.',
  }),
  personLimits: Type.Object(
    Object.fromEntries(
      PERSON_LIMIT_NAMES.map((name) => [
        name,
        Type.Integer({ description: `How many ${PERSON_LIMITS[name].things} one person may have.` }),
      ]),
    ) as Record<PersonLimitName, TInteger>,
  ),
  requireVerifiedEmail: Type.Boolean({
    description: 'Whether traders sign in only with a verified e-mail address. Administrators need none.',
  }),
  requireSecondFactor: Type.Enum(SECOND_FACTOR_DUTIES, {
    description:
      'Whose sessions open nothing but what adds a second factor, until they have one. API keys are no sessions and work as before.',
  }),
  hideApiDescription: Type.Boolean({
    description: 'Whether `/api/docs` and `/api/openapi.json` are for people who are signed in.',
  }),
});

const PersonLimitsPatch = namedObject(
  'PersonLimitsChange',
  Object.fromEntries(
    PERSON_LIMIT_NAMES.map((name) => [
      name,
      Type.Optional(orNull(Type.Integer({ minimum: 1, maximum: LARGEST_LIMIT }))),
    ]),
  ) as LimitProperties,
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'Null makes a limit the usual again. What a person has above a limit stays and works.',
  },
);

const SettingsPatch = namedObject(
  'ServerSettingsChange',
  {
    signUp: Type.Optional(Type.Enum(SIGN_UP_MODES)),
    listedSignUps: Type.Optional(
      Type.Array(Type.String({ maxLength: EMAIL_LENGTH }), { maxItems: MOST_LISTED }),
    ),
    personLimits: Type.Optional(PersonLimitsPatch),
    journalDays: Type.Optional(Type.Integer(DAY_LIMITS.journalDays)),
    systemJournalDays: Type.Optional(
      orNull(
        Type.Integer({
          ...DAY_LIMITS.systemJournalDays,
          description: 'Null: as many as `journalDays` again.',
        }),
      ),
    ),
    securityJournalDays: Type.Optional(Type.Integer(DAY_LIMITS.securityJournalDays)),
    adminJournalDays: Type.Optional(
      orNull(
        Type.Integer({
          ...DAY_LIMITS.adminJournalDays,
          description: 'Null: as many as `securityJournalDays` again.',
        }),
      ),
    ),
    requireVerifiedEmail: Type.Optional(Type.Boolean()),
    requireSecondFactor: Type.Optional(Type.Enum(SECOND_FACTOR_DUTIES)),
    hideApiDescription: Type.Optional(Type.Boolean()),
  },
  {
    additionalProperties: false,
    examples: [{ signUp: 'closed', personLimits: { accounts: 5 } }],
    minProperties: 1,
  },
);

const VERSION = Object.keys(SettingsView.properties);

export function registerServerSettingsRoutes(
  app: App,
  { serverSettings }: ServerSettingsRouteDependencies,
): void {
  app.get('/admin/settings', {
    config: { access: 'admin', versionOf: VERSION },
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
    config: { access: 'admin', versionOf: VERSION, problems: ['conflict'] },
    schema: {
      operationId: 'changeServerSettings',
      summary: 'Change settings of the server',
      description: 'They hold on every copy of the server from the next request on.',
      tags: ['admin'],
      body: SettingsPatch,
      response: { 200: SettingsView },
    },
    handler: async (request) =>
      settingsView(
        await serverSettings.change(
          request.body,
          administratorOf(request),
          preconditionOf(request, settingsView),
        ),
      ),
  });
}

function settingsView(settings: SystemSettings) {
  return { ...settings, listedSignUps: [...settings.listedSignUps] };
}

/** People, sessions and settings as they go over the wire. */

import { Type } from 'typebox';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { SCALING_MODES } from './settings-store.ts';
import type { UserSettings } from './settings-store.ts';
import type { StoredSession } from './session-store.ts';
import type { User } from './user-store.ts';
import { Code, Password } from './proof-body.ts';
import { PASSWORD_LENGTH } from './password-strength.ts';
import { EMAIL_LENGTH, USERNAME_LENGTH } from './sign-up-rules.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  orNull,
  positiveDecimal,
  WholeUnits,
  WholeUnitsInput,
  lineOfText,
} from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';

const LANGUAGES = ['en', 'ja'] as const;
/** What `numeric(10, 2)` holds. */
const PIPS = { digits: 8, places: 2 } as const;
const Name = lineOfText(100, 'For people.');

// Wider than what is accepted: the rules in sign-up-rules.ts say what is wrong, here and in commands.
export const NewPassword = Type.String({
  maxLength: PASSWORD_LENGTH.maximum,
  description: `${PASSWORD_LENGTH.minimum} characters or more.`,
});

export const SignUpBody = namedObject(
  'SignUp',
  {
    email: Type.String({ maxLength: EMAIL_LENGTH, examples: ['trader@example.org'] }),
    username: Type.String({ maxLength: USERNAME_LENGTH.maximum, examples: ['trader'] }),
    password: NewPassword,
  },
  {
    additionalProperties: false,
    examples: [{ email: 'me@example.com', username: 'newcomer', password: 'a long enough secret' }],
  },
);

export const SignInBody = namedObject(
  'SignIn',
  {
    email: Type.Optional(Type.String({ maxLength: EMAIL_LENGTH, description: 'This or the username.' })),
    username: Type.Optional(
      Type.String({ maxLength: EMAIL_LENGTH, description: 'This or the e-mail address.' }),
    ),
    password: Password,
    code: Type.Optional(Code),
  },
  { additionalProperties: false, examples: [{ email: 'me@example.com', password: 'a long enough secret' }] },
);

export const PasswordBody = namedObject(
  'PasswordChange',
  {
    currentPassword: Password,
    newPassword: NewPassword,
    code: Type.Optional(Code),
  },
  {
    additionalProperties: false,
    examples: [{ currentPassword: 'a long enough secret', newPassword: 'another long secret' }],
  },
);

export const UserView = namedObject('Person', {
  id: Id,
  email: Type.String(),
  username: Type.String(),
  role: Type.Enum(['trader', 'admin']),
  firstName: orNull(Type.String()),
  lastName: orNull(Type.String()),
  timezone: Type.String({ examples: ['Asia/Tokyo'] }),
  language: Type.Enum(LANGUAGES),
  emailVerifiedAt: orNull(Instant),
  lastLoginAt: orNull(Instant),
  createdAt: Instant,
});

export const ProfilePatch = namedObject(
  'ProfileChange',
  {
    firstName: Type.Optional(orNull(Name)),
    lastName: Type.Optional(orNull(Name)),
    timezone: Type.Optional(
      Type.String({ maxLength: 64, description: 'A name of the IANA list, such as Asia/Tokyo.' }),
    ),
    language: Type.Optional(Type.Enum(LANGUAGES)),
  },
  {
    additionalProperties: false,
    examples: [{ firstName: 'Hana', timezone: 'Asia/Tokyo', language: 'ja' }],
    minProperties: 1,
  },
);

export const SessionView = namedObject('Session', {
  id: Id,
  isCurrent: Type.Boolean({ description: 'Whether it is the session of this request.' }),
  ipAddress: orNull(Type.String()),
  userAgent: orNull(Type.String()),
  createdAt: Instant,
  lastSeenAt: Instant,
  expiresAt: Instant,
});

export const SettingsView = namedObject('Settings', {
  defaultUnits: WholeUnits,
  defaultTakeProfitPips: Decimal,
  defaultRetracementPips: Decimal,
  defaultScalingMode: Type.Enum(SCALING_MODES),
  notifyEmail: Type.Boolean(),
  notifyWebhookUrl: orNull(Type.String()),
  notifyMinSeverity: Type.Enum(SEVERITIES),
  preferences: Type.Record(Type.String(), Type.Unknown(), { description: "A front end's own choices." }),
});

export const SettingsPatch = namedObject(
  'SettingsChange',
  {
    defaultUnits: Type.Optional(
      Type.Integer({ ...WholeUnitsInput, description: 'Units of an order when nothing else is said.' }),
    ),
    defaultTakeProfitPips: Type.Optional(
      positiveDecimal({ ...PIPS, description: 'Pips to the take profit.' }),
    ),
    defaultRetracementPips: Type.Optional(
      positiveDecimal({ ...PIPS, description: 'Pips against a position before it is added to.' }),
    ),
    defaultScalingMode: Type.Optional(Type.Enum(SCALING_MODES)),
    notifyEmail: Type.Optional(Type.Boolean()),
    notifyWebhookUrl: Type.Optional(orNull(Type.String({ maxLength: 2_048 }))),
    notifyMinSeverity: Type.Optional(Type.Enum(SEVERITIES)),
    preferences: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  {
    additionalProperties: false,
    examples: [{ defaultUnits: 5000, notifyMinSeverity: 'warning' }],
    minProperties: 1,
  },
);

export function userView(user: User) {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    role: user.role,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    timezone: user.timezone,
    language: user.language,
    emailVerifiedAt: instantTextOrNull(user.emailVerifiedAt),
    lastLoginAt: instantTextOrNull(user.lastLoginAt),
    createdAt: instantText(user.createdAt),
  };
}

/** Returns a session as its owner sees it from the session `currentId`. */
export function sessionView(session: StoredSession, currentId: string) {
  return {
    id: session.id,
    isCurrent: session.id === currentId,
    ipAddress: session.ipAddress ?? null,
    userAgent: session.userAgent ?? null,
    createdAt: instantText(session.createdAt),
    lastSeenAt: instantText(session.lastSeenAt),
    expiresAt: instantText(session.expiresAt),
  };
}

export function settingsView(settings: UserSettings) {
  return {
    ...settings,
    defaultUnits: settings.defaultUnits,
    notifyWebhookUrl: settings.notifyWebhookUrl ?? null,
    preferences: { ...settings.preferences },
  };
}

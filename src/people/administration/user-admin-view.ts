/** People as administrators see them over the wire. */

import { Type } from 'typebox';
import { NewPassword, SessionView, SignUpBody, sessionView, UserView, userView } from '../people-schemas.ts';
import { pageParameters } from '../../http/pagination.ts';
import { Id, Instant, instantTextOrNull, orNull } from '../../http/values.ts';
import { ACCESS_STATUSES } from './people-admin-store.ts';
import { namedObject } from '../../http/schemas.ts';
import type { PersonSession } from '../session-store.ts';
import type { ManagedUser } from './people-admin-store.ts';

const Role = Type.Enum(['trader', 'admin']);

export const ManagedUserView = namedObject('ManagedPerson', {
  ...UserView.properties,
  status: Type.Enum(ACCESS_STATUSES, {
    description:
      'locked: until `lockedUntil`, after failed sign-ins, not from where they never signed in before; disabled: not at all.',
  }),
  lockedUntil: orNull(Instant),
  failedLoginAttempts: Type.Integer({ description: 'Since the last sign-in.' }),
});

const Search = Type.Optional(
  Type.String({ minLength: 1, maxLength: 254, description: 'A part of the e-mail address or username.' }),
);

export const PeopleQuery = Type.Object(
  {
    ...pageParameters,
    search: Search,
    role: Type.Optional(Role),
    status: Type.Optional(Type.Enum(ACCESS_STATUSES)),
  },
  { additionalProperties: false },
);

export const AccessPatch = namedObject(
  'PersonChange',
  {
    role: Type.Optional(Role),
    isActive: Type.Optional(
      Type.Boolean({ description: 'Whether the person may use the server. False ends their sessions.' }),
    ),
  },
  { additionalProperties: false, examples: [{ role: 'trader' }], minProperties: 1 },
);

export const NewPasswordBody = namedObject(
  'NewPassword',
  {
    password: NewPassword,
  },
  { additionalProperties: false, examples: [{ password: 'another long secret' }] },
);

export const NewPersonBody = namedObject(
  'NewPerson',
  { ...SignUpBody.properties, role: Type.Optional(Role) },
  {
    additionalProperties: false,
    examples: [
      { email: 'hana@example.com', username: 'hana', password: 'a long enough secret', role: 'trader' },
    ],
  },
);

/** The query of lists of what people have. */
export const SearchQuery = Type.Object(
  { ...pageParameters, search: Search },
  { additionalProperties: false },
);

export const PersonSessionView = namedObject('SessionOfPerson', {
  ...SessionView.properties,
  userId: Id,
  username: Type.String(),
});

/** Returns a session of anyone, as it is seen from the session `currentId`. */
export function personSessionView(session: PersonSession, currentId: string) {
  return { ...sessionView(session, currentId), userId: session.userId, username: session.username };
}

/** Returns a person as administrators see them. */
export function managedUserView(user: ManagedUser) {
  return {
    ...userView(user),
    status: user.status,
    lockedUntil: instantTextOrNull(user.lockedUntil),
    failedLoginAttempts: user.failedLoginAttempts,
  };
}

/** People as administrators see them over the wire. */

import { Type } from 'typebox';
import { NewPassword, UserView, userView } from '../people-schemas.ts';
import { pageParameters } from '../../http/pagination.ts';
import { Instant, instantTextOrNull, orNull } from '../../http/values.ts';
import { ACCESS_STATUSES } from './people-admin-store.ts';
import type { ManagedUser } from './people-admin-store.ts';

const Role = Type.Enum(['trader', 'admin']);

export const ManagedUserView = Type.Object({
  ...UserView.properties,
  status: Type.Enum(ACCESS_STATUSES, {
    description:
      'locked: until `lockedUntil`, after failed sign-ins, not from where they never signed in before; disabled: not at all.',
  }),
  lockedUntil: orNull(Instant),
  failedLoginAttempts: Type.Integer({ description: 'Since the last sign-in.' }),
});

export const PeopleQuery = Type.Object(
  {
    ...pageParameters,
    search: Type.Optional(
      Type.String({ minLength: 1, maxLength: 254, description: 'A part of the e-mail address or username.' }),
    ),
    role: Type.Optional(Role),
    status: Type.Optional(Type.Enum(ACCESS_STATUSES)),
  },
  { additionalProperties: false },
);

export const AccessPatch = Type.Object(
  {
    role: Type.Optional(Role),
    isActive: Type.Optional(
      Type.Boolean({ description: 'Whether the person may use the server. False ends their sessions.' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const NewPasswordBody = Type.Object(
  {
    password: NewPassword,
  },
  { additionalProperties: false },
);

/** Returns a person as administrators see them. */
export function managedUserView(user: ManagedUser) {
  return {
    ...userView(user),
    status: user.status,
    lockedUntil: instantTextOrNull(user.lockedUntil),
    failedLoginAttempts: user.failedLoginAttempts,
  };
}

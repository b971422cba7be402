/** The person who is signed in. */

import type { PasswordChange } from './password-change.ts';
import type { Users } from './users.ts';
import { principalOf } from '../http/authenticate.ts';
import { clientOf } from '../http/client.ts';
import type { App } from '../http/route.ts';
import { perAddress } from '../http/rate-limits.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import { NoContent } from '../http/schemas.ts';
import { PROOF_PROBLEMS } from './proof-body.ts';
import { PasswordBody, ProfilePatch, UserView, userView } from './people-schemas.ts';
import { preconditionOf } from '../http/preconditions.ts';

export interface MeRouteDependencies {
  readonly users: Users;
  readonly passwordChange: PasswordChange;
  readonly rateLimits: RateLimits;
}

const VERSION = ['firstName', 'lastName', 'timezone', 'language'];

export function registerMeRoutes(app: App, { users, passwordChange, rateLimits }: MeRouteDependencies): void {
  app.get('/me', {
    config: { access: 'user', isForAddingFactor: true, versionOf: VERSION },
    schema: { operationId: 'getMe', summary: 'Who is signed in', tags: ['me'], response: { 200: UserView } },
    handler: async (request) => userView(await users.get(principalOf(request).userId)),
  });

  app.patch('/me', {
    config: { access: 'user', versionOf: VERSION },
    schema: {
      operationId: 'changeMe',
      summary: 'Change name, time zone or language',
      tags: ['me'],
      body: ProfilePatch,
      response: { 200: UserView },
    },
    handler: async (request) =>
      userView(
        await users.changeProfile(
          principalOf(request).userId,
          request.body,
          preconditionOf(request, userView),
        ),
      ),
  });

  app.post('/me/password', {
    config: {
      access: 'user',
      needsSession: true,
      changes: ['newPassword'],
      problems: [...PROOF_PROBLEMS],
      rateLimit: perAddress(rateLimits.loginsOfAddress),
    },
    schema: {
      operationId: 'changePassword',
      summary: 'Change my password',
      description: 'The other sessions of the person end; the one of this request stays.',
      tags: ['me'],
      body: PasswordBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await passwordChange.ofSelf(principalOf(request), request.body, clientOf(request));
      return reply.code(204).send();
    },
  });
}

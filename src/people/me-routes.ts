/** The person who is signed in. */

import type { Users } from './users.ts';
import { principalOf } from '../http/authenticate.ts';
import type { App } from '../http/route.ts';
import { ProfilePatch, UserView, userView } from './people-schemas.ts';

export interface MeRouteDependencies {
  readonly users: Users;
}

export function registerMeRoutes(app: App, { users }: MeRouteDependencies): void {
  app.get('/me', {
    schema: { operationId: 'getMe', summary: 'Who is signed in', tags: ['me'], response: { 200: UserView } },
    handler: async (request) => userView(await users.get(principalOf(request).userId)),
  });

  app.patch('/me', {
    schema: {
      operationId: 'changeMe',
      summary: 'Change name, time zone or language',
      tags: ['me'],
      body: ProfilePatch,
      response: { 200: UserView },
    },
    handler: async (request) =>
      userView(await users.changeProfile(principalOf(request).userId, request.body)),
  });
}

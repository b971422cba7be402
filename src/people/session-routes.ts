/** Where a person is signed in. */

import { Type } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import type { Auth } from './auth.ts';
import type { Sessions } from './sessions.ts';
import { principalOf } from '../http/authenticate.ts';
import { clientOf } from '../http/client.ts';
import { pageParameters, pageSchema, readPage } from '../http/pagination.ts';
import type { App } from '../http/route.ts';
import { IdParams, NoContent } from '../http/schemas.ts';
import { SessionView, sessionView } from './people-schemas.ts';

export interface SessionRouteDependencies {
  readonly auth: Auth;
  readonly sessions: Sessions;
}

export function registerSessionRoutes(app: App, { auth, sessions }: SessionRouteDependencies): void {
  app.get('/sessions', {
    config: { access: 'user' },
    schema: {
      operationId: 'listSessions',
      summary: 'Where I am signed in, newest first',
      tags: ['auth'],
      querystring: Type.Object(pageParameters, { additionalProperties: false }),
      response: { 200: pageSchema(SessionView) },
    },
    handler: async (request) => {
      const { userId, credentialId } = principalOf(request);
      const { rows, nextCursor } = await readPage(request.query, (page) => sessions.listOf(userId, page));
      return { items: rows.map((session) => sessionView(session, credentialId)), nextCursor };
    },
  });

  app.delete('/sessions/:id', {
    config: {
      access: 'user',
      needsSession: true,
      thingOf: (id) => openness(sessions, id),
      problems: ['not-found'],
    },
    schema: {
      operationId: 'endSession',
      summary: 'Sign out somewhere else',
      tags: ['auth'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const owner = { userId: principalOf(request).userId, credentialId: request.params.id };
      const wasThere = await auth.endSession(owner, clientOf(request));
      if (!wasThere) throw new Problem('not-found', 'You have no such session.');
      return reply.code(204).send();
    },
  });
}

/** Returns what the end of a session changes. */
export async function openness(sessions: Pick<Sessions, 'ownerOf'>, sessionId: string) {
  return { isOpen: (await sessions.ownerOf(sessionId)) !== undefined };
}

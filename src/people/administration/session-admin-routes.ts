/** Sessions of everyone, for administrators. */

import { principalOf } from '../../http/authenticate.ts';
import { pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams, NoContent } from '../../http/schemas.ts';
import { openness } from '../session-routes.ts';
import { administratorOf } from './user-admin-routes.ts';
import { PersonSessionView, personSessionView, SearchQuery } from './user-admin-view.ts';
import type { App } from '../../http/route.ts';
import type { Sessions } from '../sessions.ts';
import type { PeopleAdmin } from './people-admin.ts';

export function registerSessionAdminRoutes(
  app: App,
  { peopleAdmin, sessions }: { readonly peopleAdmin: PeopleAdmin; readonly sessions: Sessions },
): void {
  app.get('/admin/sessions', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listSessionsOfPeople',
      summary: 'Where people are signed in, newest first',
      tags: ['admin'],
      querystring: SearchQuery,
      response: { 200: pageSchema(PersonSessionView) },
    },
    handler: async (request) => {
      const { credentialId } = principalOf(request);
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        peopleAdmin.sessions(request.query.search, page),
      );
      return { items: rows.map((session) => personSessionView(session, credentialId)), nextCursor };
    },
  });

  app.delete('/admin/sessions/:id', {
    config: { access: 'admin', thingOf: (id) => openness(sessions, id), problems: ['not-found'] },
    schema: {
      operationId: 'endSessionOfPerson',
      summary: 'End a session of anyone, its open WebSockets included',
      tags: ['admin'],
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await peopleAdmin.endSession(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });
}

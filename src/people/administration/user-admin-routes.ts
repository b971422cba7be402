/** People, for administrators. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { clientOf } from '../../http/client.ts';
import { pageSchema, readPage } from '../../http/pagination.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import {
  AccessPatch,
  ManagedUserView,
  managedUserView,
  NewPasswordBody,
  NewPersonBody,
  PeopleQuery,
} from './user-admin-view.ts';
import type { FastifyRequest } from 'fastify';
import type { App } from '../../http/route.ts';
import type { Administrator } from '../security-journal.ts';
import type { PeopleAdmin } from './people-admin.ts';

export interface UserAdminRouteDependencies {
  readonly peopleAdmin: PeopleAdmin;
}

const tags = ['admin'];
const VERSION = ['role', 'status'];
const ofOne = { access: 'admin', problems: ['not-found'] } as const;

export function registerUserAdminRoutes(app: App, { peopleAdmin }: UserAdminRouteDependencies): void {
  app.get('/admin/users', {
    config: { access: 'admin' },
    schema: {
      operationId: 'listUsers',
      summary: 'People, newest first',
      tags,
      querystring: PeopleQuery,
      response: { 200: pageSchema(ManagedUserView) },
    },
    handler: async (request) => {
      const { search, role, status } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        peopleAdmin.list({ search, role, status }, page),
      );
      return { items: rows.map((user) => managedUserView(user)), nextCursor };
    },
  });

  app.post('/admin/users', {
    config: { access: 'admin', needsSession: true, isIdempotent: true, problems: ['conflict'] },
    schema: {
      operationId: 'createUser',
      summary: 'Make a trader, or an administrator, no matter who may sign up',
      tags,
      body: NewPersonBody,
      response: { 201: ManagedUserView },
    },
    handler: async (request, reply) => {
      const { role = 'trader', ...signUp } = request.body;
      const user = await peopleAdmin.create(signUp, role, administratorOf(request), request.reservedId);
      return reply.code(201).header('location', `/api/v1/admin/users/${user.id}`).send(managedUserView(user));
    },
  });

  app.delete('/admin/users/:id', {
    config: {
      access: 'admin',
      needsSession: true,
      // What names them is to be forgotten.
      changes: ['role', 'status'],
      problems: ['not-found', 'conflict'],
    },
    schema: {
      operationId: 'deleteUser',
      summary: 'Delete a disabled person whose accounts are closed',
      description:
        'Names, address, sessions, API keys, devices, second factor, notifications and settings are removed, and addresses from the journal. Accounts, orders, trades and the journal stay, of a person without a name.',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await peopleAdmin.delete(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });

  app.get('/admin/users/:id', {
    config: { ...ofOne, versionOf: VERSION },
    schema: {
      operationId: 'getUser',
      summary: 'A person',
      tags,
      params: IdParams,
      response: { 200: ManagedUserView },
    },
    handler: async (request) => managedUserView(await peopleAdmin.get(request.params.id)),
  });

  app.patch('/admin/users/:id', {
    config: {
      access: 'admin',
      needsSession: true,
      changes: ['role', 'status'],
      versionOf: VERSION,
      problems: ['not-found', 'conflict'],
    },
    schema: {
      operationId: 'changeUser',
      summary: 'Change the role of a person, or disable or enable them',
      description:
        'A change ends the sessions and API keys of the person. Their accounts and strategies are not touched: halt or stop those first where they are to end.',
      tags,
      params: IdParams,
      body: AccessPatch,
      response: { 200: ManagedUserView },
    },
    handler: async (request) =>
      managedUserView(
        await peopleAdmin.change(
          request.params.id,
          request.body,
          administratorOf(request),
          preconditionOf(request, managedUserView),
        ),
      ),
  });

  registerCommands(app, peopleAdmin);
}

function registerCommands(app: App, peopleAdmin: PeopleAdmin): void {
  app.post('/admin/users/:id/unlock', {
    config: { ...ofOne, changes: ['status', 'lockedUntil', 'failedLoginAttempts'] },
    schema: {
      operationId: 'unlockUser',
      summary: 'Forget the failed sign-ins of a person, so that they need not wait',
      tags,
      params: IdParams,
      response: { 200: ManagedUserView },
    },
    handler: async (request) =>
      managedUserView(await peopleAdmin.unlock(request.params.id, administratorOf(request))),
  });

  app.post('/admin/users/:id/password', {
    config: { ...ofOne, needsSession: true, changes: ['newPassword'] },
    schema: {
      operationId: 'setUserPassword',
      summary: 'Set the password of a person who forgot theirs',
      description:
        'All sessions and API keys of the person end. They should change it when they have signed in.',
      tags,
      params: IdParams,
      body: NewPasswordBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await peopleAdmin.setPassword(request.params.id, request.body.password, administratorOf(request));
      return reply.code(204).send();
    },
  });

  app.post('/admin/users/:id/verify-email', {
    config: { ...ofOne, needsSession: true, changes: ['emailVerifiedAt'] },
    schema: {
      operationId: 'verifyUserEmail',
      summary: 'Note that the e-mail address of a person is theirs',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await peopleAdmin.verifyEmail(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });

  app.delete('/admin/users/:id/second-factor', {
    config: {
      access: 'admin',
      needsSession: true,
      changes: ['secondFactor'],
      problems: ['not-found', 'conflict'],
    },
    schema: {
      operationId: 'removeUserSecondFactor',
      summary: 'Remove the second factor of a person who lost theirs',
      description: 'Make sure that it is the person who asks: the password alone opens from now on.',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await peopleAdmin.removeSecondFactor(request.params.id, administratorOf(request));
      return reply.code(204).send();
    },
  });

  app.delete('/admin/users/:id/sessions', {
    config: { ...ofOne, changes: ['sessions'] },
    schema: {
      operationId: 'endUserSessions',
      summary: 'Sign a person out everywhere',
      tags,
      params: IdParams,
      response: {
        200: namedObject('EndedSessions', {
          ended: Type.Integer({ description: 'How many sessions ended.' }),
        }),
      },
    },
    handler: async (request) => ({
      ended: await peopleAdmin.endSessions(request.params.id, administratorOf(request)),
    }),
  });
}

/** Returns who changes something, as the journal has it. */
export function administratorOf(request: FastifyRequest): Administrator {
  return { ...clientOf(request), userId: principalOf(request).userId };
}

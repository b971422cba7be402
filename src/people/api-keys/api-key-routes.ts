/** The API keys of the person who is signed in. */

import { Type } from 'typebox';
import { Problem } from '../../core/shared/problem.ts';
import { principalOf } from '../../http/authenticate.ts';
import { clientOf } from '../../http/client.ts';
import { PROOF_PROBLEMS, ProofBody } from '../proof-body.ts';
import { RANGE_LENGTH } from '../address-range.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import {
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  lineOfText,
  orNull,
  parseInstant,
} from '../../http/values.ts';
import { API_KEY_SCOPES } from './api-key-store.ts';
import { listSchema } from '../../http/pagination.ts';
import type { App } from '../../http/route.ts';
import type { ApiKey } from './api-key-store.ts';
import type { PasswordProof } from '../password-proof.ts';
import type { ApiKeys } from './api-keys.ts';

export interface ApiKeyRouteDependencies {
  readonly apiKeys: ApiKeys;
  readonly passwordProof: PasswordProof;
}

const Scope = Type.Enum(API_KEY_SCOPES, {
  description:
    'read: only reads. trade: also orders, strategies and settings. admin: also what administrators may, except to set passwords and change people.',
});

const ApiKeyView = namedObject('ApiKey', {
  id: Id,
  name: Type.String(),
  tokenEnd: Type.String({ description: 'The last characters of the token.', examples: ['x7Qa'] }),
  scope: Scope,
  addressRange: orNull(Type.String({ description: 'Where it may be used from; null is everywhere.' })),
  expiresAt: orNull({ ...Instant, description: 'Null is never.' }),
  lastUsedAt: orNull(Instant),
  createdAt: Instant,
});

const MadeView = namedObject(
  'MadeApiKey',
  {
    ...ApiKeyView.properties,
    token: Type.String({ description: 'Shown this once. To be sent as "Authorization: Bearer …".' }),
  },
  { description: 'Made.' },
);

const ApiKeyBody = namedObject(
  'NewApiKey',
  {
    name: lineOfText(100, 'For people, such as the name of the program.'),
    scope: Scope,
    addressRange: Type.Optional(
      Type.String({
        maxLength: RANGE_LENGTH,
        description: 'The only address or range it may be used from.',
        examples: ['192.0.2.0/24'],
      }),
    ),
    expiresAt: Type.Optional(Instant),
    ...ProofBody.properties,
  },
  {
    additionalProperties: false,
    examples: [{ name: 'My bot', scope: 'trade', password: 'a long enough secret' }],
  },
);

const tags = ['auth'];

export function registerApiKeyRoutes(app: App, { apiKeys, passwordProof }: ApiKeyRouteDependencies): void {
  app.get('/api-keys', {
    config: { access: 'user' },
    schema: {
      operationId: 'listApiKeys',
      summary: 'My API keys, newest first',
      tags,
      response: { 200: listSchema(ApiKeyView) },
    },
    handler: async (request) => ({
      items: (await apiKeys.listOf(principalOf(request).userId)).map(apiKeyView),
    }),
  });

  app.post('/api-keys', {
    config: {
      access: 'user',
      needsSession: true,
      isIdempotent: true,
      showsSecret: true,
      problems: ['limit-reached', 'conflict', ...PROOF_PROBLEMS],
    },
    schema: {
      operationId: 'createApiKey',
      summary: 'Make a key for a program of mine',
      description:
        'It needs the password, because a key outlasts the session. The token is in the answer and never shown again. A repetition under the same Idempotency-Key needs the proof too, and gives the same API key another token; the former opens nothing any more.',
      tags,
      body: ApiKeyBody,
      response: { 201: MadeView },
    },
    handler: async (request, reply) => {
      const { expiresAt, password, code, ...wish } = request.body;
      await passwordProof.confirm(principalOf(request).userId, { password, code }, clientOf(request));
      const { key, token } = await apiKeys.create(
        principalOf(request),
        { ...wish, expiresAt: parseInstant(expiresAt) },
        clientOf(request),
        request.reservedId,
      );
      return reply.code(201).send({ ...apiKeyView(key), token });
    },
  });

  app.delete('/api-keys/:id', {
    config: { access: 'user', needsSession: true, problems: ['not-found'] },
    schema: {
      operationId: 'revokeApiKey',
      summary: 'Revoke a key: it opens nothing from now on',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const wasThere = await apiKeys.revoke(
        principalOf(request).userId,
        request.params.id,
        clientOf(request),
      );
      if (!wasThere) throw new Problem('not-found', 'You have no such API key.');
      return reply.code(204).send();
    },
  });
}

function apiKeyView(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    tokenEnd: key.tokenEnd,
    scope: key.scope,
    addressRange: key.addressRange ?? null,
    expiresAt: instantTextOrNull(key.expiresAt),
    lastUsedAt: instantTextOrNull(key.lastUsedAt),
    createdAt: instantText(key.createdAt),
  };
}

/** Halt, resume and kill of an account. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { IdParams, namedObject } from '../../http/schemas.ts';
import { lineOfText } from '../../http/values.ts';
import { AccountView, accountView } from './account-view.ts';
import type { App } from '../../http/route.ts';
import type { Accounts } from './accounts.ts';

/** Its money changes with the prices. */
const STATUS_FIELDS = ['status', 'statusCode', 'statusReason'];

const ResumeBody = namedObject(
  'ResumeAccount',
  {
    reason: Type.Optional(lineOfText(500, 'Why the account may trade again; the journal keeps it.')),
  },
  { additionalProperties: false, examples: [{ reason: 'The news is over.' }] },
);

export function registerAccountCommands(app: App, { accounts }: { readonly accounts: Accounts }): void {
  app.post('/accounts/:id/halt', {
    config: {
      access: 'user',
      cost: 'trade',
      changes: STATUS_FIELDS,
      problems: ['not-found', 'account-not-trading'],
    },
    schema: {
      operationId: 'haltAccount',
      summary: 'No new exposure from now on; closing stays allowed',
      tags: ['accounts'],
      params: IdParams,
      response: { 200: AccountView },
    },
    handler: async (request) =>
      accountView(await accounts.halt(principalOf(request).userId, request.params.id)),
  });

  app.post('/accounts/:id/resume', {
    config: {
      access: 'user',
      isBodyOptional: true,
      changes: STATUS_FIELDS,
      problems: ['not-found', 'account-differs', 'account-not-trading', 'broker-unreachable'],
    },
    schema: {
      operationId: 'resumeAccount',
      summary: 'Let a halted account trade again',
      tags: ['accounts'],
      params: IdParams,
      body: ResumeBody,
      response: { 200: AccountView },
    },
    handler: async (request) =>
      accountView(await accounts.resume(principalOf(request).userId, request.params.id, request.body.reason)),
  });

  app.post('/accounts/:id/kill', {
    config: {
      access: 'user',
      cost: 'trade',
      changes: STATUS_FIELDS,
      problems: ['not-found', 'account-not-trading'],
    },
    schema: {
      operationId: 'killAccount',
      summary: 'Halt, cancel every order and close every position',
      description:
        'Everything has been sent when it is answered. A repetition sends what is left, and closes nothing twice.',
      tags: ['accounts'],
      params: IdParams,
      response: {
        200: { ...AccountView, description: 'The account is flat, and its broker says the same.' },
        202: {
          ...AccountView,
          description:
            'Something is not ended yet, or the broker did not confirm it: `statusReason` and the journal say when it is.',
        },
      },
    },
    handler: async (request, reply) => {
      const { account, isFlat } = await accounts.kill(principalOf(request).userId, request.params.id);
      return reply.code(isFlat ? 200 : 202).send(accountView(account));
    },
  });
}

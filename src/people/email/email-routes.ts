/** Verifying an e-mail address, and changing it. */

import { principalOf } from '../../http/authenticate.ts';
import { clientOf } from '../../http/client.ts';
import { perAddress } from '../../http/rate-limits.ts';
import { NoContent, namedObject } from '../../http/schemas.ts';
import { PROOF_PROBLEMS, ProofBody } from '../proof-body.ts';
import { EmailBody, MailOnItsWay, TokenText } from './email-schemas.ts';
import type { RateLimits } from '../../http/rate-limits.ts';
import type { App } from '../../http/route.ts';
import type { EmailChange } from './email-change.ts';
import type { EmailVerification } from './email-verification.ts';

export interface EmailRouteDependencies {
  readonly emailVerification: EmailVerification;
  readonly emailChange: EmailChange;
  readonly rateLimits: RateLimits;
}

const TokenBody = namedObject(
  'EmailToken',
  { token: TokenText },
  { additionalProperties: false, examples: [{ token: 'the text after # in the link of the e-mail' }] },
);

export function registerEmailRoutes(app: App, deps: EmailRouteDependencies): void {
  registerVerification(app, deps);
  registerChange(app, deps);
}

function registerVerification(app: App, { emailVerification, rateLimits }: EmailRouteDependencies): void {
  const rateLimit = perAddress(rateLimits.loginsOfAddress);

  app.post('/auth/verify-email', {
    config: { access: 'public', problems: ['token-invalid', 'conflict'], rateLimit },
    schema: {
      operationId: 'verifyEmail',
      summary: 'Verify my e-mail address with the code that was sent to it',
      tags: ['auth'],
      body: TokenBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await emailVerification.complete(request.body.token, clientOf(request));
      return reply.code(204).send();
    },
  });

  app.post('/auth/verify-email/resend', {
    config: { access: 'public', problems: ['mail-off'], rateLimit },
    schema: {
      operationId: 'resendVerification',
      summary: 'Have another code to verify my e-mail address sent to it',
      description:
        'The answer is the same whether or not a person has the address. At most five mails an hour are sent to one.',
      tags: ['auth'],
      body: EmailBody,
      response: { 202: MailOnItsWay },
    },
    handler: async (request, reply) => {
      await emailVerification.send(request.body.email);
      return reply.code(202).send();
    },
  });
}

function registerChange(app: App, { emailChange, rateLimits }: EmailRouteDependencies): void {
  const rateLimit = perAddress(rateLimits.loginsOfAddress);

  app.post('/me/email', {
    config: { access: 'user', needsSession: true, problems: [...PROOF_PROBLEMS, 'mail-off'], rateLimit },
    schema: {
      operationId: 'requestEmailChange',
      summary: 'Have a code sent to another e-mail address, which is then to be mine',
      description: 'Nothing is sent to an address that another person has; the answer is the same.',
      tags: ['me'],
      body: namedObject(
        'EmailChange',
        { ...EmailBody.properties, ...ProofBody.properties },
        {
          additionalProperties: false,
          examples: [{ email: 'new@example.com', password: 'a long enough secret' }],
        },
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { email, ...proof } = request.body;
      await emailChange.request(principalOf(request).userId, email, proof, clientOf(request));
      return reply.code(204).send();
    },
  });

  app.post('/auth/email-change/confirm', {
    config: { access: 'public', problems: ['token-invalid', 'conflict', 'not-found'], rateLimit },
    schema: {
      operationId: 'confirmEmailChange',
      summary: 'Change my e-mail address with the code that was sent to the new one',
      description:
        'All sessions of the person end. The former address is sent a code to undo it, which is good for three days.',
      tags: ['auth'],
      body: TokenBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await emailChange.complete(request.body.token, clientOf(request));
      return reply.code(204).send();
    },
  });

  app.post('/auth/email-change/undo', {
    config: { access: 'public', problems: ['token-invalid', 'conflict', 'not-found'], rateLimit },
    schema: {
      operationId: 'undoEmailChange',
      summary: 'Have my former e-mail address back, with the code that was sent to it',
      description:
        'The password, all sessions and API keys of the person end. Set a new password next: POST /auth/password-reset.',
      tags: ['auth'],
      body: TokenBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await emailChange.undo(request.body.token, clientOf(request));
      return reply.code(204).send();
    },
  });
}

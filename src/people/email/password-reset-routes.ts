/** Setting a new password with a code from an e-mail. */

import { clientOf } from '../../http/client.ts';
import { perAddress } from '../../http/rate-limits.ts';
import { NoContent, namedObject } from '../../http/schemas.ts';
import { NewPassword } from '../people-schemas.ts';
import { EmailBody, MailOnItsWay, TokenText } from './email-schemas.ts';
import type { RateLimits } from '../../http/rate-limits.ts';
import type { App } from '../../http/route.ts';
import type { PasswordReset } from './password-reset.ts';

export interface PasswordResetRouteDependencies {
  readonly passwordReset: PasswordReset;
  readonly rateLimits: RateLimits;
}

const tags = ['auth'];

export function registerPasswordResetRoutes(
  app: App,
  { passwordReset, rateLimits }: PasswordResetRouteDependencies,
): void {
  const rateLimit = perAddress(rateLimits.loginsOfAddress);

  app.post('/auth/password-reset', {
    config: { access: 'public', problems: ['mail-off'], rateLimit },
    schema: {
      operationId: 'requestPasswordReset',
      summary: 'Have a code for a new password sent to my e-mail address',
      description:
        'The answer is the same whether or not a person has the address. At most five mails an hour are sent to one, and five more when the person asks with their cookie `device`.',
      tags,
      body: EmailBody,
      response: { 202: MailOnItsWay },
    },
    handler: async (request, reply) => {
      const device = request.cookies[app.cookieNames.device];
      await passwordReset.request(request.body.email, clientOf(request), device);
      return reply.code(202).send();
    },
  });

  app.post('/auth/password-reset/confirm', {
    config: { access: 'public', problems: ['token-invalid'], rateLimit },
    schema: {
      operationId: 'resetPassword',
      summary: 'Set a new password with the code from the e-mail',
      description:
        'All sessions of the person end, and a lock after failed sign-ins is lifted. Sign in next; the second factor is asked for as before.',
      tags,
      body: namedObject(
        'PasswordReset',
        { token: TokenText, password: NewPassword },
        {
          additionalProperties: false,
          examples: [
            { token: 'the text after # in the link of the e-mail', password: 'another long secret' },
          ],
        },
      ),
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      const { token, password } = request.body;
      await passwordReset.complete(token, password, clientOf(request));
      return reply.code(204).send();
    },
  });
}

/** Signing up, in and out. */

import { Type } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import type { Auth, SignIn } from './auth.ts';
import { principalOf } from '../http/authenticate.ts';
import { clientOf, cookieToken } from '../http/client.ts';
import { cookieAttributes } from '../http/cookies.ts';
import { perAddress } from '../http/rate-limits.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import type { App } from '../http/route.ts';
import { NoContent, namedObject } from '../http/schemas.ts';
import { Instant, instantText } from '../http/values.ts';
import { MailOnItsWay } from './email/email-schemas.ts';
import { SignInBody, SignUpBody, UserView, userView } from './people-schemas.ts';

const SignedIn = namedObject(
  'SignedIn',
  {
    token: Type.String({
      description: 'To be sent as "Authorization: Bearer …"; browsers have it in a cookie.',
    }),
    expiresAt: Instant,
    user: UserView,
  },
  { description: 'Signed in.' },
);

export interface AuthRouteDependencies {
  readonly auth: Auth;
  readonly publicUrl: string;
  readonly rateLimits: RateLimits;
}

/** Adds the routes below `/auth`. */
export function registerAuthRoutes(app: App, { auth, publicUrl, rateLimits }: AuthRouteDependencies): void {
  const attributes = cookieAttributes(publicUrl);

  app.post('/auth/register', {
    config: {
      access: 'public',
      problems: ['conflict', 'forbidden', 'mail-off'],
      rateLimit: perAddress(rateLimits.registrationsOfAddress),
    },
    schema: {
      operationId: 'register',
      summary: 'Sign up as a trader',
      tags: ['auth'],
      body: SignUpBody,
      description:
        'Where the server sends e-mail the answer is always 202: a code to verify the address is sent to it, or a mail that says what is taken.',
      response: {
        201: { ...UserView, description: 'Signed up. Sign in next.' },
        202: MailOnItsWay,
      },
    },
    handler: async (request, reply) => {
      const user = await auth.register(request.body, clientOf(request));
      if (!user) return reply.code(202).send();
      return reply.code(201).header('location', '/api/v1/me').send(userView(user));
    },
  });

  app.post('/auth/login', {
    config: {
      access: 'public',
      problems: ['bad-credentials', 'second-factor-needed', 'second-factor-wrong', 'secret-unreadable'],
      rateLimit: perAddress(rateLimits.loginsOfAddress),
    },
    schema: {
      operationId: 'login',
      summary: 'Sign in with e-mail address or username',
      description:
        'Of a person with a second factor the same request is sent again with `code` when the answer is `second-factor-needed`. After five failures the next attempt has to wait: 429 with `Retry-After`, whatever the password. Failures elsewhere do not delay who signed in before from the same address, or with the same cookie `device`.',
      tags: ['auth'],
      body: SignInBody,
      response: { 200: SignedIn },
    },
    handler: async (request, reply) => {
      const signedIn = await auth.login(readSignIn(request.body), clientOf(request), {
        session: cookieToken(request),
        device: request.cookies[app.cookieNames.device],
      });
      const { token, expiresAt, user, device } = signedIn;
      const { cookieNames } = app;
      void reply.setCookie(cookieNames.device, device.token, {
        ...attributes,
        expires: new Date(device.expiresAt),
      });
      void reply.setCookie(cookieNames.session, token, { ...attributes, expires: new Date(expiresAt) });
      return reply.send({ token, expiresAt: instantText(expiresAt), user: userView(user) });
    },
  });

  app.post('/auth/logout', {
    config: { access: 'user', needsSession: true, isForAddingFactor: true },
    schema: {
      operationId: 'logout',
      summary: 'Sign out: the token is worth nothing from now on',
      tags: ['auth'],
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await auth.logout(principalOf(request), clientOf(request));
      return reply.clearCookie(app.cookieNames.session, attributes).code(204).send();
    },
  });
}

function readSignIn(body: {
  readonly email?: string;
  readonly username?: string;
  readonly password: string;
  readonly code?: string;
}): SignIn {
  const { email, username, ...proof } = body;
  if (email !== undefined && username === undefined) return { email, ...proof };
  if (username !== undefined && email === undefined) return { username, ...proof };
  throw new Problem('invalid-request', 'The body is not valid.', {
    errors: [{ pointer: '/email', detail: 'is required, or "username", but not both' }],
  });
}

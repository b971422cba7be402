/** The second factor of the person who is signed in. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { clientOf } from '../../http/client.ts';
import { perAddress } from '../../http/rate-limits.ts';
import { NoContent, namedObject } from '../../http/schemas.ts';
import { Instant, instantTextOrNull, orNull } from '../../http/values.ts';
import { PROOF_PROBLEMS, Code, ProofBody } from '../proof-body.ts';
import type { RateLimits } from '../../http/rate-limits.ts';
import type { App } from '../../http/route.ts';
import type { SecondFactors } from './second-factors.ts';

export interface SecondFactorRouteDependencies {
  readonly secondFactors: SecondFactors;
  readonly rateLimits: RateLimits;
}

const SecondFactorView = namedObject('SecondFactor', {
  isOn: Type.Boolean({ description: 'Whether sign-in asks for a code.' }),
  since: orNull(Instant),
  recoveryCodes: Type.Integer({ description: 'How many are left.' }),
});

const SecretView = namedObject(
  'SecondFactorSecret',
  {
    secret: Type.String({ description: 'For an authenticator app, in base32. Shown this once.' }),
    uri: Type.String({ description: 'The same as an address, for a QR code.' }),
  },
  { description: 'Made; it counts when a first code of it was sent.' },
);

const RecoveryCodesView = namedObject(
  'RecoveryCodes',
  { recoveryCodes: Type.Array(Type.String({ examples: ['ABCD-EFGH-IJKL-MNOP'] })) },
  { description: 'Each opens once, when the app is lost. Shown this once.' },
);

const tags = ['me'];
const path = '/me/second-factor';

export function registerSecondFactorRoutes(
  app: App,
  { secondFactors, rateLimits }: SecondFactorRouteDependencies,
): void {
  const config = {
    access: 'user',
    needsSession: true,
    isForAddingFactor: true,
    problems: ['conflict', 'encryption-key-missing', 'secret-unreadable', ...PROOF_PROBLEMS],
    rateLimit: perAddress(rateLimits.loginsOfAddress),
  } as const;

  app.get(path, {
    config: { access: 'user', isForAddingFactor: true },
    schema: {
      operationId: 'getSecondFactor',
      summary: 'Whether my sign-in asks for a code',
      tags,
      response: { 200: SecondFactorView },
    },
    handler: async (request) => {
      const factor = await secondFactors.of(principalOf(request).userId);
      return {
        isOn: factor !== undefined,
        since: instantTextOrNull(factor?.confirmedAt),
        recoveryCodes: factor?.recoveryCodes ?? 0,
      };
    },
  });

  app.post(path, {
    config,
    schema: {
      operationId: 'addSecondFactor',
      summary: 'Make a secret for an authenticator app',
      description:
        'Nothing changes at sign-in before its first code was sent to `/me/second-factor/confirm`.',
      tags,
      body: ProofBody,
      response: { 200: SecretView },
    },
    handler: (request) => secondFactors.add(principalOf(request).userId, request.body, clientOf(request)),
  });

  app.post(`${path}/confirm`, {
    config,
    schema: {
      operationId: 'confirmSecondFactor',
      summary: 'Send the first code: sign-in asks for one from now on',
      description: 'The other sessions of the person end; API keys stay, and need no code.',
      tags,
      body: namedObject(
        'SecondFactorCode',
        { code: Code },
        { additionalProperties: false, examples: [{ code: '123456' }] },
      ),
      response: { 200: RecoveryCodesView },
    },
    handler: async (request) => ({
      recoveryCodes: [
        ...(await secondFactors.confirm(principalOf(request), request.body.code, clientOf(request))),
      ],
    }),
  });

  app.post(`${path}/recovery-codes`, {
    config,
    schema: {
      operationId: 'replaceRecoveryCodes',
      summary: 'Make new recovery codes; the former ones are worth nothing from now on',
      tags,
      body: ProofBody,
      response: { 200: RecoveryCodesView },
    },
    handler: async (request) => ({
      recoveryCodes: [
        ...(await secondFactors.replaceRecoveryCodes(
          principalOf(request).userId,
          request.body,
          clientOf(request),
        )),
      ],
    }),
  });

  app.post(`${path}/remove`, {
    config,
    schema: {
      operationId: 'removeSecondFactor',
      summary: 'Sign in with the password alone from now on',
      description: 'The other sessions of the person end.',
      tags,
      body: ProofBody,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await secondFactors.remove(principalOf(request), request.body, clientOf(request));
      return reply.code(204).send();
    },
  });
}

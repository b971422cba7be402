/** The examples of the documents: a server takes each as it is written. */

import { expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { addOwner, kindOfField } from '../support/requests/owned-things.ts';
import { useServer } from '../support/test-server.ts';
import type { OwnedThings } from '../support/requests/owned-things.ts';

const context = useServer();

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: object }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** What a person here cannot do is refused for what is missing, with this code, and not for what the example says. */
const MISSING: Readonly<Record<string, string>> = {
  requestPasswordReset: 'mail-off',
  resetPassword: 'token-invalid',
  verifyEmail: 'token-invalid',
  resendVerification: 'mail-off',
  requestEmailChange: 'mail-off',
  confirmEmailChange: 'token-invalid',
  undoEmailChange: 'token-invalid',
  confirmSecondFactor: 'second-factor-missing',
  replaceRecoveryCodes: 'second-factor-missing',
  removeSecondFactor: 'second-factor-missing',
  stopStrategy: 'invalid-transition',
  // The series there is a file.
  changePriceSeries: 'not-imported',
};
/** A paper account has no history: OANDA's is imported in `test/prices`. */
const REFUSED_HERE = new Set(['importPriceSeries']);
/** After these the next would miss what they ended: it is another person's turn. */
const ENDS_THINGS = /^(change(Password|User)|setUser|addSecond|halt|kill|close|replaceOrder|stop|verify)/;

it('are accepted as they are written, with the ids of what is there', async () => {
  const { server } = context;
  const document = (await server.app.inject({ url: '/api/openapi.json' })).json();
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const faults: string[] = [];
  let owner: OwnedThings | undefined;
  const administrator = await server.addUser('admin');

  for (const { path, method, operation } of operations) {
    const media = operation.requestBody?.content['application/json'];
    if (!media) continue;
    const { operationId, responses } = operation;
    const { example } = media;
    if (!example) {
      faults.push(`${operationId} has no example`);
      continue;
    }
    owner ??= await addOwner(server);
    const isForAdmins = operation.tags.includes('admin');
    const ids = new Map([...owner.idsByKind, ['users', owner.user.id]]);
    const kind = path.split('/{id}', 1)[0]?.split('/').at(-1) ?? '';
    const filled = path.replace('{id}', ids.get(kind) ?? '').replace('{instrument}', 'EUR_USD');
    const payload = Object.fromEntries(
      Object.entries(example).map(([field, value]) => [
        field,
        field.endsWith('Id') ? present(ids.get(kindOfField(field)), 'an id for', field) : value,
      ]),
    );
    const answer = await server.app.inject({
      method: method.toUpperCase() as 'POST',
      url: filled,
      headers: isForAdmins ? administrator.headers : owner.user.headers,
      payload,
    });
    const isMissing = operationId in MISSING && answer.json().code === MISSING[operationId];
    if (answer.statusCode >= 300 && !isMissing && !REFUSED_HERE.has(operationId))
      faults.push(`${operationId} ${answer.statusCode} ${answer.body}`);
    if (ENDS_THINGS.test(operationId)) owner = undefined;
    expect(responses).toHaveProperty(String(answer.statusCode));
  }

  expect(faults).toEqual([]);
});

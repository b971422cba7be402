import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { describeApi } from './openapi.ts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { App } from './route.ts';

it('the description of the API is made again after it could not be made', async () => {
  let isBroken = true;
  const facts = {
    publicUrl: 'http://localhost',
    get version() {
      if (isBroken) throw new Error('out of memory');
      return '1.2.3';
    },
  };
  const app: App = fastify().withTypeProvider<TypeBoxTypeProvider>();
  app.decorate('cookieNames', { session: 'session', device: 'device' });
  describeApi(app, facts);

  await expect(app.describeRoutes()).rejects.toThrow('out of memory');
  isBroken = false;

  expect(await app.describeRoutes()).toMatchObject({ document: { info: { version: '1.2.3' } } });
  expect(await app.describeRoutes()).toBe(await app.describeRoutes());
});

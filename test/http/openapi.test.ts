import fastJsonStringify from 'fast-json-stringify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { PROBLEM_TYPES } from '../../src/core/shared/problem.ts';
import type { FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import type { App } from '../../src/http/route.ts';
import { openTestServer, useServer } from '../support/test-server.ts';

interface AddedRoute {
  readonly method: string;
  readonly path: string;
  readonly access: string | undefined;
  readonly isIdempotent: boolean;
  readonly schema: FastifySchema;
}

const added: AddedRoute[] = [];

/** The first registrar: it sees every route that the others add. */
function listenForRoutes(app: App): void {
  app.addHook('onRoute', ({ method, url, config, schema = {} }) => {
    const path = url.replaceAll(/:(\w+)/g, '{$1}');
    const access = config?.access;
    added.push({
      method: String(method).toLowerCase(),
      path,
      access,
      isIdempotent: config?.isIdempotent === true,
      schema,
    });
  });
}

/** Why a POST takes no Idempotency-Key: a repetition makes no second thing. */
const REASONS: Readonly<Record<string, string>> = {
  ...reason('it makes nothing', ['previewOrder', 'logout']),
  ...reason('it states what is to hold, and a repetition sends what is left', [
    'haltAccount',
    'resumeAccount',
    'killAccount',
    'haltAccountOfPerson',
    'killAccountOfPerson',
    'closeAccountOfPerson',
    'liftHoldOfAccount',
    'stopStrategyOfPerson',
    'liftHoldOfStrategy',
    'unlockUser',
    'setUserPassword',
    'verifyUserEmail',
    'markNotificationRead',
    'markAllNotificationsRead',
  ]),
  ...reason('it is possible once: afterwards the status, the password or the factor is another', [
    'startStrategy',
    'pauseStrategy',
    'resumeStrategy',
    'stopStrategy',
    'cancelBacktest',
    'changePassword',
    'confirmSecondFactor',
    'removeSecondFactor',
    'sendNotificationDelivery',
  ]),
  ...reason('what it makes takes the place of what it made before', [
    'addSecondFactor',
    'replaceRecoveryCodes',
    'requestEmailChange',
  ]),
};

function reason(why: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]));
}

const context = useServer({ routes: [listenForRoutes] });

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Described;
  readonly responses: Record<string, Described & { readonly description: string }>;
}

interface Described {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Record<string, { readonly schema: unknown }>;
}

const NAME = /^\{"\$ref":"#\/components\/schemas\/[A-Z]\w+"\}$/;

type AnswerSchema = TSchema & { readonly content?: Record<string, { readonly schema: TSchema }> };

async function describedOperations() {
  const answer = await context.server.app.inject({ url: '/api/openapi.json' });
  const document = answer.json();
  const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return { document, operations };
}

describe('the description of the API', () => {
  it('is OpenAPI 3.1 and names every route under /api/v1, and no other', async () => {
    const { document, operations } = await describedOperations();

    expect(document.openapi).toBe('3.1.0');
    const described = operations
      .map(({ method, path }) => `${method} ${path}`)
      .filter((name) => name.includes(' /api/v1/'));
    expect(described.sort()).toEqual(added.map(({ method, path }) => `${method} ${path}`).sort());
    const beside = operations.map(({ path }) => path).filter((path) => !path.startsWith('/api/'));
    expect(beside.sort()).toEqual(['/livez', '/problems/{type}', '/readyz']);
  });

  it('gives every operation a name of its own, a summary and a tag that is explained', async () => {
    const { document, operations } = await describedOperations();

    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(operations.length);
    const tags = new Set(document.tags.map((tag: { name: string }) => tag.name));
    for (const { operation } of operations) {
      expect(operation.summary).toMatch(/^\S.*[^.]$/);
      expect(operation.tags?.length).toBeGreaterThan(0);
      expect(operation.tags?.every((tag) => tags.has(tag))).toBe(true);
    }
  });

  it('names every answer: a success, and problems of the kind that the route can have', async () => {
    const { operations } = await describedOperations();

    for (const { path, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
      if (path === '/livez' || path === '/readyz') continue;
      expect(statuses).toEqual(expect.arrayContaining(['403', '429', '500', '503']));
      if (operation.security === undefined) expect(statuses).toContain('401');
      if (operation.requestBody !== undefined)
        expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415']));
      if (operation.parameters !== undefined) expect(statuses).toContain('400');
      for (const [status, { content, description }] of Object.entries(operation.responses)) {
        expect(description).not.toBe('Default Response');
        if (status.startsWith('2')) continue;
        expect(content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
        expect(description).toMatch(/`\/problems\/[a-z-]+`/);
      }
    }
  });

  it('has schemas that can be compiled, which a server does at the first request', () => {
    for (const { schema, path } of added) {
      for (const part of [schema.body, schema.querystring, schema.params])
        if (part !== undefined) expect(() => Compile(part as TSchema), path).not.toThrow();
      for (const answer of Object.values((schema.response ?? {}) as Record<string, AnswerSchema>))
        for (const shape of answer.content ? Object.values(answer.content) : [{ schema: answer }])
          expect(() => fastJsonStringify(shape.schema), path).not.toThrow();
    }
  });

  it('asks for a session everywhere but where it is made', () => {
    const open = added.filter(({ access }) => access === 'public').map(({ path }) => path);

    expect(open.sort()).toEqual([
      '/api/v1/auth/email-change/confirm',
      '/api/v1/auth/email-change/undo',
      '/api/v1/auth/login',
      '/api/v1/auth/password-reset',
      '/api/v1/auth/password-reset/confirm',
      '/api/v1/auth/register',
      '/api/v1/auth/verify-email',
      '/api/v1/auth/verify-email/resend',
    ]);
  });

  it('honours Idempotency-Key wherever a repetition would make a second thing', () => {
    const posting = added.filter(({ method, access }) => method === 'post' && access !== 'public');
    const without = posting.filter(({ isIdempotent }) => !isIdempotent);

    expect(without.map(({ schema }) => schema.operationId ?? '').toSorted()).toEqual(
      Object.keys(REASONS).toSorted(),
    );
    expect(posting.length).toBeGreaterThan(without.length);
  });

  it('takes If-Match wherever a thing is changed, and gives what is read an ETag', async () => {
    const { document, operations } = await describedOperations();
    const tagOf = (operation?: Operation) => operation?.responses['200']?.headers?.['ETag'];

    const changing = operations.filter(({ method }) => method === 'patch' || method === 'put');
    for (const { path, operation } of changing) {
      expect(operation.parameters?.map(({ name }) => name)).toContain('if-match');
      expect(operation.responses['412']?.description).toContain('/problems/precondition-failed');
      const readAt = path.replace(/\/news-calendar$/, '');
      expect(tagOf(document.paths[readAt].get), readAt).toBeDefined();
    }
    expect(changing.length).toBeGreaterThan(10);
  });

  it('has only references that lead somewhere', async () => {
    const { document } = await describedOperations();

    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, reference]) => reference,
    );
    const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) expect(schemas).toContain(reference);
  });

  it('has a name for every body and every answer of JSON', async () => {
    const { operations } = await describedOperations();

    const unnamed = operations.flatMap(({ operation: { operationId, requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)]
        .map((one) => one?.content?.['application/json']?.schema)
        .filter((schema) => schema !== undefined && !NAME.test(JSON.stringify(schema)))
        .map((schema) => `${operationId}: ${JSON.stringify(schema).slice(0, 200)}`),
    );

    expect(unnamed).toEqual([]);
  });

  it('describes each type of file that an upload takes', async () => {
    const { document } = await describedOperations();
    const file = { type: 'string', format: 'binary' };

    const { content } = document.paths['/api/v1/price-series'].post.requestBody;
    expect(content).toMatchObject({
      'application/json': { schema: { $ref: '#/components/schemas/NewPriceImport' } },
      'text/csv': { schema: file },
      'application/gzip': { schema: file },
      'application/octet-stream': { schema: file },
      'multipart/form-data': { schema: { $ref: '#/components/schemas/FileForm' } },
    });
    expect(document.components.schemas.FileForm).toMatchObject({
      properties: { file },
      required: ['file'],
    });
    const refusal = await context.server.app.inject({
      method: 'POST',
      url: '/api/v1/price-series',
      headers: { ...(await context.server.addUser()).headers, 'content-type': 'text/plain' },
      payload: 'time,bid,ask',
    });
    const types = Object.keys(content).filter((type) => type !== 'application/json');
    expect(refusal.json().detail).toBe(`A file must be sent as one of ${types.join(', ')}.`);
  });

  it('says what a schema of a name is once, and where it may be null', async () => {
    const { document } = await describedOperations();
    const { Account, Order, OrderPage } = document.components.schemas;

    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Position', 'Trade', 'Strategy', 'Backtest', 'Event', 'Quote', 'Candle']),
    );
    expect(Order.title).toBe('Order');
    expect(Order.properties.id).toEqual({ type: 'string', format: 'uuid' });
    expect(OrderPage.properties.items).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/Order' },
    });
    expect(Account.properties.money).toEqual({
      anyOf: [{ $ref: '#/components/schemas/AccountMoney' }, { type: 'null' }],
      description: 'Null until the broker has reported it.',
    });
    expect(document.servers[0].url).toBe('/');
  });

  it('can be read in a browser, with scripts of our own only', async () => {
    const { app } = context.server;
    if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });

    const page = await app.inject({ url: '/api/docs/' });
    const described = await app.inject({ url: '/api/docs/json' });
    const script = await app.inject({ url: '/api/docs/static/swagger-ui-bundle.js' });
    const style = await app.inject({ url: '/api/docs/static/swagger-ui.css' });

    const unchanged = await app.inject({
      url: '/api/docs/static/swagger-ui.css',
      headers: { 'if-none-match': String(style.headers['etag']) },
    });
    const absent = await app.inject({ url: '/api/docs/static/absent.js' });

    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('swagger-ui');
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(script.statusCode).toBe(200);
    expect(style.rawPayload.length).toBeGreaterThan(100_000);
    expect(style.headers['content-type']).toBe('text/css; charset=utf-8');
    expect([unchanged.statusCode, unchanged.body]).toEqual([304, '']);
    expect([absent.statusCode, absent.json().type]).toEqual([404, '/problems/not-found']);
    expect(described.json()).toEqual((await describedOperations()).document);
  });
});

describe('the description of the WebSocket', () => {
  it('is AsyncAPI 3.0 and names every frame, with the same schemas as the API', async () => {
    const { app } = context.server;
    const { document: openApi } = await describedOperations();

    const document = (await app.inject({ url: '/api/asyncapi.json' })).json();

    expect(document.asyncapi).toBe('3.0.0');
    expect(document.servers.this).toMatchObject({ host: 'forex.test', protocol: 'ws' });
    const channels = ['quotes', 'account', 'strategies', 'backtests', 'events', 'notifications'];
    expect(Object.keys(document.channels)).toEqual(['connection', ...channels]);
    expect(Object.keys(document.components.messages).sort()).toEqual(
      [
        'authenticate',
        'authenticated',
        'unsubscribe',
        'unsubscribed',
        'subscribed',
        'acknowledge',
        'error',
        ...channels.map((name) => `subscribe${name.charAt(0).toUpperCase()}${name.slice(1)}`),
        ...channels.map((name) => `${name}Data`),
      ].sort(),
    );
    expect(document.components.schemas.Order).toEqual(openApi.components.schemas.Order);
    for (const [, reference = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g)) {
      const found = reference.split('/').reduce((node, step) => node?.[step], document);
      expect(found, reference).toBeDefined();
    }
  });
});

describe('a route that is not described', () => {
  const schema = { operationId: 'x', summary: 'x', tags: ['health'], response: { 200: Type.Null() } };

  it.each([
    ['without any words', {}],
    ['without a name', { ...schema, operationId: '' }],
    ['without a summary', { ...schema, summary: '' }],
    ['with a tag that is not explained', { ...schema, tags: ['whatever'] }],
    ['without a success', { ...schema, response: { 404: Type.Null() } }],
  ])('stops the start: %s', async (_what, wrong) => {
    const register = (app: App) => {
      app.get('/hidden', { config: { access: 'user' }, schema: wrong }, () => null);
    };

    await expect(openTestServer({ routes: [register] })).rejects.toThrow('GET /api/v1/hidden');
  });
});

describe('a route that does not say who may use it', () => {
  it.each([[{}], [{ config: { isIdempotent: true } }]])('stops the start: %j', async (options) => {
    const schema = { operationId: 'x', summary: 'x', tags: ['health'], response: { 200: Type.Null() } };
    const register = (app: App) => {
      app.get('/undecided', { ...options, schema }, () => null);
    };

    await expect(openTestServer({ routes: [register] })).rejects.toThrow(
      'config.access of GET /api/v1/undecided',
    );
  });
});

describe('the catalogue of problems', () => {
  it('gives each a status, a title and a remedy', () => {
    for (const { status, title, remedy } of Object.values(PROBLEM_TYPES)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).toMatch(/^[A-Z]/);
      expect(remedy).toMatch(/\.$/);
    }
  });
});

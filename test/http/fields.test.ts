/** Which fields go in and out: those that a schema names, and no other. */

import { beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../support/requests/listed-routes.ts';
import { addOwner, administeredThings } from '../support/requests/owned-things.ts';
import { requestOf } from '../support/requests/route-requests.ts';
import { changedTables, tablePrinter } from '../support/requests/table-prints.ts';
import { useServer } from '../support/test-server.ts';
import type { IdsByKind } from '../support/requests/route-requests.ts';
import type { JsonSchema } from '../support/requests/schema-values.ts';

const { routes, register } = listRoutes();
const context = useServer({ routes: [register] });

let token: string;
let things: IdsByKind;

beforeAll(async () => {
  const owner = await addOwner(context.server);
  const administrator = await context.server.addUser('admin');
  token = administrator.token;
  things = new Map([...owner.idsByKind, ...administeredThings(owner, owner.user.id)]);
});

/** Fields that hold what a strategy type or a person's own program defines. */
const OPEN_FIELDS = ['parameters', 'preferences'];
/** What the server says of itself, as text or in fields that depend on what happened. */
const OPEN_ANSWERS = ['parametersSchema', 'details', 'conventions', 'facts'];

/** Returns the paths of the objects that would take a field that they do not name. */
function openObjects(schema: JsonSchema, isOpen: (one: JsonSchema) => boolean, path = ''): string[] {
  const { properties = {}, patternProperties = {}, items, anyOf = [], additionalProperties } = schema;
  const below = [
    ...Object.entries(properties).map(([name, one]) => [`${path}/${name}`, one] as const),
    ...[...Object.values(patternProperties), ...anyOf].map((one) => [path, one] as const),
    ...(items ? [[`${path}/items`, items] as const] : []),
    ...(typeof additionalProperties === 'object' ? [[path, additionalProperties] as const] : []),
  ];
  const own = isOpen(schema) ? [path] : [];
  return [...own, ...below.flatMap(([name, one]) => openObjects(one, isOpen, name))];
}

const isObject = ({ type }: JsonSchema) =>
  type === 'object' || (Array.isArray(type) && type.includes('object'));
const lastName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

describe('what comes in', () => {
  it('has no object that takes fields without a name, but those that others define', () => {
    const takesMore = (one: JsonSchema) =>
      isObject(one) && one.additionalProperties !== false && !one.patternProperties;
    const open = routes.flatMap(({ name, body, query }) =>
      [body, query].flatMap((schema) =>
        schema ? openObjects(schema, takesMore).map((path) => `${name} ${path}`) : [],
      ),
    );

    expect(open).toEqual([]);
    const takesAnything = ({ patternProperties = {} }: JsonSchema) =>
      Object.values(patternProperties).some((one) => one.type === undefined && !one.anyOf);
    const records = routes.flatMap(({ body }) =>
      body ? openObjects(body, takesAnything).map(lastName) : [],
    );
    expect(new Set(records)).toEqual(new Set(OPEN_FIELDS));
  });

  it('is refused with a field that only the server sets, and changes nothing', async () => {
    const print = await tablePrinter(context.server.orm);
    const before = await print();
    const wrong: string[] = [];
    let asked = 0;
    for (const route of routes)
      for (const field of ['id', 'userId', 'role', 'status', 'createdAt', 'isAdmin', 'constructor']) {
        if (!route.body || route.bodyType !== 'application/json' || route.body.properties?.[field]) continue;
        const request = requestOf(route, things);
        asked += 1;
        const answer = await context.server.app.inject({
          ...request,
          headers: { authorization: `Bearer ${token}` },
          payload: { ...(request.payload as object), [field]: 'admin' },
        });
        const isRefused = answer.statusCode === 400 && answer.body.includes(field);
        // This one is no field of any JSON that is read.
        const isNotRead = answer.json().code === 'invalid-json';
        if (!isRefused && !isNotRead)
          wrong.push(`${route.name} with ${field} → ${answer.statusCode} ${answer.body}`);
      }

    expect({ wrong, changed: changedTables(before, await print()) }).toEqual({ wrong: [], changed: [] });
    expect(asked).toBeGreaterThan(100);
  });
});

describe('what goes out', () => {
  it('has no object that shows fields without a name, but those that depend on what happened', () => {
    const showsMore = ({ additionalProperties, patternProperties }: JsonSchema) =>
      additionalProperties === true ||
      Object.values(patternProperties ?? {}).some((one) => one.type === undefined && !one.anyOf);
    const open = routes.flatMap(({ answers }) =>
      answers.flatMap((one) => openObjects(one, showsMore).map(lastName)),
    );

    expect(new Set(open)).toEqual(new Set([...OPEN_FIELDS, ...OPEN_ANSWERS]));
  });
});

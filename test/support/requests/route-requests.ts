/** Requests that each route of the API can take, and the places in them that name a thing. */

import fc from 'fast-check';
import { kindOfField } from './owned-things.ts';
import { valuesOf } from './schema-values.ts';
import type { ListedRoute } from './listed-routes.ts';
import type { JsonSchema } from './schema-values.ts';

/** The ids of things by their kind, which is the first part of their path. */
export type IdsByKind = ReadonlyMap<string, string>;

/** A place where a request names a thing: the path, or a field of the query or the body. */
export interface Place {
  readonly route: ListedRoute;
  readonly where: 'path' | 'query' | 'body' | 'nowhere';
  readonly field: string;
  readonly kind: string;
}

/** Parts of a path that are names and not ids. */
const NAMES: Readonly<Record<string, string>> = {
  instrument: 'EUR_USD',
  name: 'EUR_USD',
  type: 'ema_cross',
  job: 'clean-up',
};

/** What a route needs so that it gets as far as the thing it is asked about; the bodies of others are drawn from their schemas. */
const BODIES: Readonly<Record<string, object | string>> = {
  changeAccount: { name: 'Mine now' },
  changeStrategy: { name: 'Mine now' },
  createStrategy: { name: 'Theirs', strategyType: 'ema_cross', instrument: 'USD_JPY' },
  placeOrder: { instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1 },
  'placeOrder positionId': { type: 'stop_loss', price: '1.01' },
  previewOrder: { instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1 },
  'previewOrder positionId': { type: 'stop_loss', price: '1.01' },
  replaceOrder: { price: '1.01' },
  protectPosition: { stopLoss: '1.01' },
  closePosition: { units: 1 },
  closeNetPosition: { units: 1 },
  createBacktest: { strategyType: 'ema_cross', instrument: 'EUR_USD' },
  importPriceSeries: { instrument: 'EUR_USD', granularity: 'H1', from: '2026-01-01T00:00:00Z' },
  putNewsCalendar: 'time,currency\n2026-03-06T13:30:00Z,USD\n',
};
const QUERIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  getStrategyDrift: { date: '2026-03-02' },
  listCandles: { granularity: 'H1' },
  'listCandles accountId': { granularity: 'H1', instrument: 'EUR_USD' },
};

/** Returns every place where requests of a route name a thing. */
export function placesOf(route: ListedRoute): readonly Place[] {
  const { path, query, body } = route;
  const place = (where: Place['where'], field: string, kind: string): Place => ({
    route,
    where,
    field,
    kind,
  });
  return [
    ...(path.includes('/:id') ? [place('path', 'id', path.slice(1, path.indexOf('/:id')))] : []),
    ...idFields(query).map((field) => place('query', field, kindOfField(field))),
    ...idFields(body).map((field) => place('body', field, kindOfField(field))),
  ];
}

/** Returns a place as a person reads it. */
export function placeName({ route, where, field }: Place): string {
  return `${route.name} by the ${field} in its ${where}`;
}

/** Returns a request that names a thing in a place by this id. Whatever else it names belongs to who asks. */
export function requestAt({ route, where, field }: Place, id: string, ofAsker: IdsByKind) {
  const { name, method, path, query, body, bodyType } = route;
  const asked = {
    ...ownIds(query, ofAsker),
    ...(QUERIES[`${name} ${field}`] ?? QUERIES[name]),
    ...(where === 'query' && { [field]: id }),
  };
  const filled = path
    .replace(':id', id)
    .replace(/:(\w+)/, (_, part: string) => NAMES[part] ?? `no-name-is-known-for-${part}`);
  const text = new URLSearchParams(asked).toString();
  const made = body && (BODIES[`${name} ${field}`] ?? BODIES[name] ?? drawn(body));
  const named = where === 'body' && { [field]: isId(body?.properties?.[field]) ? id : { EUR_USD: id } };
  return {
    method,
    url: `/api/v1${filled}${text && `?${text}`}`,
    ...(made !== undefined && {
      headers: { 'content-type': bodyType ?? '' },
      payload: typeof made === 'string' ? made : { ...ownIds(body, ofAsker), ...made, ...named },
    }),
  };
}

/** Returns a request of a route for a thing of who asks. */
export function requestOf(route: ListedRoute, ofAsker: IdsByKind) {
  const [place = { route, where: 'nowhere', field: '', kind: '' } as const] = placesOf(route);
  return requestAt(place, place.kind === '' ? '' : idOfKind(place.kind, ofAsker), ofAsker);
}

/** Returns the id of a thing; fails for a kind of which nothing was made. */
export function idOfKind(kind: string, ids: IdsByKind): string {
  const id = ids.get(kind);
  if (id === undefined)
    throw new Error(`Make a thing of the kind "${kind}" in owned-things.ts: a route takes its id.`);
  return id;
}

function isId(schema: JsonSchema | undefined): boolean {
  return schema?.format === 'uuid';
}

/** The fields of a query or body that are ids, or ids by instrument. */
function idFields(schema: JsonSchema | undefined): readonly string[] {
  return Object.entries(schema?.properties ?? {})
    .filter(([, one]) => isId(one) || Object.values(one.patternProperties ?? {}).some(isId))
    .map(([field]) => field);
}

function ownIds(schema: JsonSchema | undefined, ofAsker: IdsByKind): Record<string, string> {
  const needed = (schema?.required ?? []).filter((field) => isId(schema?.properties?.[field]));
  return Object.fromEntries(needed.map((field) => [field, idOfKind(kindOfField(field), ofAsker)]));
}

function drawn(schema: JsonSchema): object {
  const ids = () => ['00000000-0000-7000-8000-000000000000'];
  return fc.sample(valuesOf(schema, ids), { seed: 1, numRuns: 1 })[0] as object;
}

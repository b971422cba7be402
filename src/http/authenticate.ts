/** Who sends a request, and whether they may: decided before the body is read. */

import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import { assert, present } from '../core/shared/assert.ts';
import { isSameOrigin } from './same-origin.ts';
import type { AddressBlocks, Principal, RefusalRecord, Scope, Tokens } from './principal.ts';
import { addressOf, clientOf, cookieToken, presentedToken } from './client.ts';
import type { PresentedToken } from './client.ts';
import type { CountRequest } from './rate-limits.ts';
import { isReading } from './route.ts';
import type { Access, App } from './route.ts';

/** Whether the API's description is for people who are signed in. */
export interface DescriptionRule {
  hidesApiDescription(): Promise<boolean>;
}

export interface AuthenticateDependencies {
  readonly tokens: Tokens;
  readonly blocks: AddressBlocks;
  readonly refusals: RefusalRecord;
  readonly rules: DescriptionRule;
  readonly publicUrl: string;
  readonly count: { readonly ofAddress: CountRequest; readonly ofPerson: CountRequest };
}

/** Refuses blocked addresses, identifies everyone else, and checks that they may use the route. */
export function authenticate(app: App, deps: AuthenticateDependencies): void {
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => {
    // A route that no one decided about must not be open, and not be open to every trader either.
    assert(route.config?.access, `config.access of ${String(route.method)} ${route.url}`);
  });
  app.addHook('onRequest', async (request) => {
    // Only an address without a route says nothing: anyone may hear that nothing is there.
    const { access: declared = 'public', isDescription = false, isProbe } = request.routeOptions.config;
    // Probes must work even when the database cannot be reached.
    if (isProbe === true) return;
    const address = addressOf(request);
    await refuseBlocked(address, deps.blocks);
    const access = isDescription && (await deps.rules.hidesApiDescription()) ? 'user' : declared;
    if (access === 'public') countPublic(request, address, deps);
    else await admit(request, address, access, deps);
  });
}

/** Returns who sent the request. Only for routes that are not public. */
export function principalOf(request: FastifyRequest): Principal {
  return present(request.principal, 'the sender of a request that was let in');
}

/**
 * A socket counts for the person whose cookie it brings, if that opened something when it was last looked up. A client that connects in a
 * loop would otherwise use up what all people behind its address may ask for.
 */
function countPublic(
  request: FastifyRequest,
  address: string | undefined,
  { tokens, count }: AuthenticateDependencies,
): void {
  const token = request.routeOptions.config.cost === 'socket' ? cookieToken(request) : undefined;
  const owner = token === undefined ? undefined : tokens.lastKnown(token, address);
  if (!owner) return count.ofAddress(request);
  request.principal = owner;
  count.ofPerson(request);
}

async function admit(
  request: FastifyRequest,
  address: string | undefined,
  access: Access,
  deps: AuthenticateDependencies,
): Promise<void> {
  const presented = presentedToken(request);
  request.principal = (await identify(request, address, presented, deps)) ?? null;
  if (!presented || !request.principal) {
    throw new Problem(
      'unauthenticated',
      presented
        ? 'The token opens nothing from here: its session ended, or its API key was revoked, is over or is for other addresses.'
        : 'No token was sent.',
    );
  }
  const { principal } = request;
  deps.count.ofPerson(request);
  refuseBeforeFactor(request, principal);
  const refusal =
    otherSite(request, presented, deps.publicUrl) ??
    beyondScope(request, principal, access) ??
    beyondRole(principal, access);
  if (!refusal) return;
  const reason = refusal.facts.code ?? refusal.type;
  const { method, routeOptions } = request;
  await deps.refusals.record(principal, { reason, method, route: routeOptions.url ?? '' }, clientOf(request));
  throw refusal;
}

/**
 * A token that is not known costs a query, so many of them are limited by address. One that is known may cost a query too, but counts for
 * its person alone: the programs of a company with one address would otherwise keep each other from trading.
 */
async function identify(
  request: FastifyRequest,
  address: string | undefined,
  presented: PresentedToken | undefined,
  { tokens, count }: AuthenticateDependencies,
) {
  const remembered = presented && tokens.remembered(presented.token, address);
  if (remembered) return remembered;
  // It is the query that counts here, whatever the route does.
  if (!presented || !tokens.lastKnown(presented.token, address)) count.ofAddress(request, 'usual');
  return presented && tokens.authenticate(presented.token, address);
}

/** A browser adds the cookie to requests that other sites make, so a change must come from our own pages. */
function otherSite(
  request: FastifyRequest,
  presented: PresentedToken,
  publicUrl: string,
): Problem | undefined {
  if (presented.by === 'bearer' || isReading(request.method)) return undefined;
  if (isSameOrigin(request.headers, publicUrl)) return undefined;
  return new Problem('forbidden', 'With the cookie alone, changes must come from a page of this server.', {
    code: 'cross-site-request',
  });
}

const SCOPES: readonly Scope[] = ['read', 'trade', 'admin'];

/** An API key may do less than its owner. */
function beyondScope(
  request: FastifyRequest,
  { type, scope }: Principal,
  access: Access,
): Problem | undefined {
  if (type === 'api-key' && request.routeOptions.config.needsSession === true) {
    return new Problem('forbidden', 'This cannot be done with an API key: sign in.', {
      code: 'session-needed',
    });
  }
  const change = isReading(request.method) ? 'read' : 'trade';
  const needed = access === 'admin' ? 'admin' : change;
  if (SCOPES.indexOf(scope) >= SCOPES.indexOf(needed)) return undefined;
  return new Problem('forbidden', `The API key has the scope "${scope}", and this needs "${needed}".`, {
    code: 'scope-missing',
  });
}

function refuseBeforeFactor(request: FastifyRequest, { needsSecondFactor = false }: Principal): void {
  if (!needsSecondFactor || request.routeOptions.config.isForAddingFactor === true) return;
  throw new Problem('forbidden', 'Add a second factor first: POST /me/second-factor.', {
    code: 'second-factor-required',
  });
}

function beyondRole({ role }: Principal, access: Access): Problem | undefined {
  if (access !== 'admin' || role === 'admin') return undefined;
  return new Problem('forbidden', 'This is for administrators.');
}

async function refuseBlocked(address: string | undefined, blocks: AddressBlocks): Promise<void> {
  // Otherwise a blocked sender that resets its connection would get in.
  if (address === undefined) throw new Problem('invalid-request', 'The connection was gone already.');
  if (!(await blocks.isBlocked(address))) return;
  throw new Problem('forbidden', 'This address is blocked.', { code: 'address-blocked' });
}

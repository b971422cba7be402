/** `/simulator`: where faults are armed and removed, and what the simulator is doing. */

import { Value } from 'typebox/value';
import type { FastifyInstance } from 'fastify';
import type { TLocalizedValidationError } from 'typebox/error';
import { present } from '../../../core/shared/assert.ts';
import { pathText } from '../requested-account.ts';
import { V20Error } from '../v20-error.ts';
import { WireTime } from '../wire/time.ts';
import { FAULT_SCHEMAS } from './fault.ts';
import { marketFaultsOf } from './market-faults.ts';
import type { Simulator } from '../simulator.ts';
import type { Fields } from '../v20-error.ts';
import type { Fault, FaultKind } from './fault.ts';
import type { ArmedFault, FaultPlan } from './fault-plan.ts';

/** Registers the routes; they need no token, because they exist on a simulator only. */
export function registerFaultRoutes(app: FastifyInstance, simulator: Simulator, faults: FaultPlan): void {
  app.get('/simulator', () => ({
    time: new WireTime(simulator.now()),
    accounts: simulator.accounts.map(({ spec, lastTransactionId }) => ({
      id: spec.id,
      currency: spec.currency,
      lastTransactionID: String(lastTransactionId),
    })),
    faults: faults.list.map(wireFault),
  }));

  app.get('/simulator/faults', () => ({ faults: faults.list.map(wireFault) }));

  app.post('/simulator/faults', (request, reply) => {
    const fault = readFault(request.body, simulator);
    const armed = faults.arm(fault, simulator.now());
    if (fault.fault === 'unknown-transaction')
      for (const account of simulator.accounts)
        account.note(request.id, simulator.now(), { type: fault.type });
    applyToMarkets(simulator, faults);
    void reply.status(201);
    return wireFault(armed);
  });

  app.delete('/simulator/faults', (_request, reply) => {
    faults.removeAll();
    applyToMarkets(simulator, faults);
    return reply.status(204).send();
  });

  app.delete('/simulator/faults/:id', (request, reply) => {
    const id = pathText(request, 'id');
    if (!faults.remove(Number(id)))
      throw new V20Error(404, `There is no fault ${id}: GET /simulator/faults lists them.`);
    applyToMarkets(simulator, faults);
    return reply.status(204).send();
  });
}

/** Halted markets and empty sides are the exchanges' to know: they decide what fills. */
function applyToMarkets(simulator: Simulator, faults: FaultPlan): void {
  for (const { name } of simulator.instruments.list) {
    const { isHalted, emptySides } = marketFaultsOf(faults, name);
    for (const { exchange } of simulator.accounts)
      exchange.restrictMarket(name, {
        isHalted,
        hasNoBid: emptySides.has('bids'),
        hasNoAsk: emptySides.has('asks'),
      });
  }
}

function readFault(body: unknown, simulator: Simulator): Fault {
  const kind = typeof body === 'object' && body !== null && 'fault' in body ? body.fault : undefined;
  const known = Object.keys(FAULT_SCHEMAS);
  if (!isKind(kind)) throw new V20Error(400, `"fault" must be one of ${known.join(', ')}.`);
  const schema = FAULT_SCHEMAS[kind];
  if (!Value.Check(schema, body))
    throw new V20Error(400, `The fault ${kind} is not right: ${whatIsWrong(Value.Errors(schema, body))}`);
  const { instrument } = body as { readonly instrument?: string };
  if (instrument !== undefined && !simulator.instruments.find(instrument))
    throw new V20Error(400, `"instrument" must be one of the simulator's, was ${instrument}.`);
  return body;
}

function whatIsWrong(errors: readonly TLocalizedValidationError[]): string {
  // A field that there is not is reported twice, first without its reason.
  const error = present(
    errors.find(({ keyword }) => keyword !== 'boolean'),
    'an error',
  );
  const field = error.instancePath.slice(1);
  if (error.keyword === 'additionalProperties')
    return `it has no field ${error.params.additionalProperties.join(', ')}`;
  if (error.keyword === 'required') return `${error.params.requiredProperties.join(', ')} is missing`;
  if (error.keyword === 'enum') return `${field} must be one of ${error.params.allowedValues.join(', ')}`;
  return `${field} ${error.message}`;
}

function isKind(kind: unknown): kind is FaultKind {
  return typeof kind === 'string' && Object.hasOwn(FAULT_SCHEMAS, kind);
}

function wireFault({ id, fault, happened }: ArmedFault): Fields {
  return { id, happened, ...fault };
}

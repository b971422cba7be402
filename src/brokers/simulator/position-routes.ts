/** `/accounts/…/positions`: what was traded of each instrument, and closing what is open of one. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { closePosition } from './close-position.ts';
import { pathText, requestedAccount } from './requested-account.ts';
import { V20Error, invalidValue } from './v20-error.ts';
import { positionView } from './wire/position-view.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { PositionRecord } from './account-records.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorAccount } from './simulator-account.ts';
import type { Fields } from './v20-error.ts';

export function registerPositionRoutes(api: FastifyInstance, simulator: Simulator): void {
  api.get('/accounts/:accountID/positions', (request) => {
    const account = requestedAccount(simulator, request);
    return positionsAnswer(account, () => true);
  });

  api.get('/accounts/:accountID/openPositions', (request) => {
    const account = requestedAccount(simulator, request);
    const { value } = account.exchange;
    return positionsAnswer(account, ({ instrument }) => {
      const { long, short } = value.openUnits(instrument);
      return long > 0 || short > 0;
    });
  });

  api.get('/accounts/:accountID/positions/:instrument', (request) => {
    const account = requestedAccount(simulator, request);
    const { name } = requestedInstrument(account, request);
    const record = account.book.positionsByInstrument.get(name);
    const lastTransactionID = String(account.lastTransactionId);
    if (!record)
      throw new V20Error(404, 'The position specified does not exist', 'NO_SUCH_POSITION', {
        lastTransactionID,
      });
    return { position: positionView(account, record), lastTransactionID };
  });

  api.put('/accounts/:accountID/positions/:instrument/close', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const instrument = requestedInstrument(account, request);
    const moment = { requestId: request.id, now: simulator.now() };
    const answer = closePosition(account, moment, instrument, request.body);
    void reply.header(
      'Location',
      `${request.protocol}://${request.host}/v3/accounts/${account.spec.id}/positions/${instrument.name}`,
    );
    return answer;
  });
}

function requestedInstrument({ instruments }: SimulatorAccount, request: FastifyRequest): Instrument {
  const instrument = instruments.find(pathText(request, 'instrument'));
  if (!instrument) throw invalidValue('instrument');
  return instrument;
}

function positionsAnswer(account: SimulatorAccount, isWanted: (record: PositionRecord) => boolean): Fields {
  return {
    positions: [...account.book.positionsByInstrument.values()]
      .filter(isWanted)
      .map((record) => positionView(account, record)),
    lastTransactionID: String(account.lastTransactionId),
  };
}

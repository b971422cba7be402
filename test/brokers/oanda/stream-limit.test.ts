/** More accounts than OANDA opens streams for. */

import { expect, it } from 'vitest';
import { OandaConnections } from '../../../src/brokers/open-broker.ts';
import { TOKEN } from '../../support/scripted-oanda.ts';

const ACCESS = { environment: 'practice', token: TOKEN } as const;

it('takes streams for ten accounts of an environment, and for another one when one is given back', () => {
  const connections = new OandaConnections({ practiceUrl: 'http://127.0.0.1:9' });
  const take = () => connections.borrow(ACCESS).takeStreams();
  const [giveBack] = Array.from({ length: 10 }, take);

  expect(take).toThrow(
    'This copy of the server has 20 practice streams open, 2 for each account, and OANDA opens no more than 20.',
  );
  expect(() => connections.assertRoom('practice')).toThrow(
    'Disconnect another account, or run this one from a copy of the server at another address.',
  );
  connections.assertRoom('live');
  connections.borrow({ ...ACCESS, environment: 'live' }).takeStreams();

  giveBack?.();
  giveBack?.();
  connections.assertRoom('practice');
  take();
  expect(take).toThrow('no more than 20');
});

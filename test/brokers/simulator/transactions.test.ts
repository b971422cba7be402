import { describe, expect, it } from 'vitest';
import { ACCOUNT, NOON, TOKEN, startSimulator } from '../../support/v20-simulator.ts';

describe('the v20 simulator refuses', () => {
  it.each([
    ['no token', {}],
    ['a token of another shape', { authorization: 'Bearer secret' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ])('%s', async (_name, headers) => {
    await using running = await startSimulator();

    const response = await fetch(`${running.url}/v3/accounts`, { headers });

    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      errorMessage: 'Insufficient authorization to perform request.',
    });
    expect(response.headers.get('requestid')).toMatch(/^\d{17}$/);
  });

  it.each([
    [
      'GET',
      '/accounts/101-004-1435156-999/transactions/sinceid?id=1',
      403,
      'The provided request was forbidden.',
    ],
    ['GET', '/accounts/mine/transactions/sinceid?id=1', 400, "Invalid value specified for 'accountID'"],
    ['GET', '/{A}/transactions/sinceid', 400, "Missing 'id' parameter"],
    ['GET', '/{A}/transactions/sinceid?id=x', 400, "Invalid value specified for 'id'"],
    ['GET', '/{A}/transactions/sinceid?id=3', 416, 'The specified range of transactions cannot be satisfied'],
    [
      'GET',
      '/{A}/transactions/idrange?from=2&to=1',
      416,
      'The specified range of transactions cannot be satisfied',
    ],
    ['GET', '/{A}/transactions/99', 404, 'The transaction ID specified does not exist'],
    ['GET', '/{A}/transactions?pageSize=1001', 400, 'The specified page size is invalid'],
    ['GET', '/{A}/transactions?type=NONSENSE', 400, "Invalid value specified for 'type'"],
    ['DELETE', '/{A}/transactions', 405, 'The method of the request is not allowed for this endpoint.'],
    ['GET', '/users/me', 404, 'The endpoint of the request does not exist.'],
  ])('%s %s with %i', async (method, path, status, errorMessage) => {
    await using running = await startSimulator();

    const answer = await running.send(method, path);

    expect(answer).toMatchObject({ status, body: { errorMessage } });
  });
});

describe('the transactions of a new account', () => {
  it('are its making and its first money, in both formats of time', async () => {
    await using running = await startSimulator();

    const { body } = await running.send('GET', '/{A}/transactions/sinceid?id=0');

    expect(body).toEqual({
      transactions: [
        {
          id: '1',
          time: '2026-01-06T12:00:00.000000000Z',
          userID: 1_435_156,
          accountID: ACCOUNT,
          batchID: '1',
          type: 'CREATE',
          siteID: 101,
          divisionID: 4,
          accountUserID: 1_435_156,
          accountNumber: 1,
          homeCurrency: 'USD',
        },
        {
          id: '2',
          time: '2026-01-06T12:00:00.000000000Z',
          userID: 1_435_156,
          accountID: ACCOUNT,
          batchID: '1',
          type: 'TRANSFER_FUNDS',
          amount: '100000.0000000000',
          fundingReason: 'CLIENT_FUNDING',
          accountBalance: '100000.0000',
        },
      ],
      lastTransactionID: '2',
    });
    const unix = await running.send('GET', '/{A}/transactions/1', undefined, {
      'accept-datetime-format': 'UNIX',
    });
    expect(unix.body).toMatchObject({ transaction: { time: `${NOON / 1_000}.000000000` } });
  });

  it('are found by the addresses of their pages', async () => {
    await using running = await startSimulator();

    const list = await running.send('GET', '/{A}/transactions?pageSize=1&type=FUNDING');
    expect(list.body).toMatchObject({ count: 1, pageSize: 1, type: ['FUNDING'], lastTransactionID: '2' });
    const page = await fetch(String(list.body['pages']?.[0]), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    expect(await page.json()).toMatchObject({ transactions: [{ type: 'TRANSFER_FUNDS' }] });
  });
});

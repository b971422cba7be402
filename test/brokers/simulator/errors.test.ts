/** What every refusal has in common, whatever is refused. */
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../support/v20-simulator.ts';

describe('a refusal', () => {
  it.each([
    ['a wrong value', 'GET', '/{A}/pricing?instruments=NONE', 400],
    ['a token that is none', 'GET', '/accounts', 401],
    ['an account of someone else', 'GET', '/accounts/101-004-9999999-001', 403],
    ['a trade that there is not', 'PUT', '/{A}/trades/999/close', 404],
    ['a path that there is not', 'GET', '/users', 404],
    ['a method that a path does not have', 'POST', '/accounts', 405],
  ])('of %s is JSON, says so, and has the number of the request', async (_what, method, path, status) => {
    await using simulator = await startSimulator();
    const token: Record<string, string> = status === 401 ? { authorization: 'Bearer none' } : {};

    const answer = await simulator.send(method, path, undefined, token);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('requestid')).toMatch(/^\d{17,18}$/);
    expect(answer.body['errorMessage']).toEqual(expect.any(String));
  });
});

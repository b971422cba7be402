import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { V20Replica, sortedAccount, sumOfMoney } from '../../support/v20-replica.ts';
import { startSimulator } from '../../support/v20-simulator.ts';
import { V20_STORIES } from '../../support/v20-stories.ts';
import type { V20Answer, V20Json } from '../../support/v20-simulator.ts';

/** Checks the next transactions of a log, and returns the balance after them. */
function checkLog(transactions: V20Json, lastId: number, balance: string): string {
  let batch: V20Json | undefined;
  let sum = balance;
  for (const [index, transaction] of transactions.entries()) {
    const { id, batchID, time, requestID, accountBalance } = transaction;
    expect(Number(id)).toBe(lastId + 1 + index);
    if (batchID === id) batch = transaction;
    expect([batchID, time, requestID]).toEqual([batch?.['id'], batch?.['time'], batch?.['requestID']]);
    if (accountBalance === undefined) continue;
    const { pl = '0', financing = '0', commission = '0', guaranteedExecutionFee = '0' } = transaction;
    sum = sumOfMoney(sum, pl, financing, -Number(commission), -Number(guaranteedExecutionFee));
    expect(accountBalance).toBe(sum);
  }
  return sum;
}

/** What an answer says it wrote is in the log, under the number of its request. */
function checkRelated({ body, headers }: V20Answer, transactions: V20Json): void {
  for (const id of body['relatedTransactionIDs'] ?? []) {
    const written = transactions.find((transaction) => transaction['id'] === id);
    expect(written?.['requestID']).toBe(headers.get('requestid'));
  }
}

describe('the v20 simulator, whatever it is asked', () => {
  it('never fails, numbers its log without gaps, adds up balances, and reports all that changes', async () => {
    await fc.assert(
      fc.asyncProperty(V20_STORIES, fc.boolean(), async (story, hedging) => {
        await using running = await startSimulator({ hedging });
        const read = async (path: string): Promise<V20Json> =>
          (await running.send('GET', `/{A}${path}`)).body;
        const first = await read('');
        const replica = new V20Replica(first['account'] as V20Json);
        let lastId = Number(first['lastTransactionID']);
        let balance: string = first['account']?.['balance'] ?? '';
        for (const step of story) {
          const answer = await step(running);
          expect(answer?.status ?? 200).toBeLessThan(500);
          const changes = await read(`/changes?sinceTransactionID=${lastId}`);
          const transactions = changes['changes']?.['transactions'] as V20Json;
          balance = checkLog(transactions, lastId, balance);
          if (answer) checkRelated(answer, transactions);
          lastId += transactions.length;
          replica.apply(changes);
          const now = (await read(''))['account'] as V20Json;
          expect(replica.account()).toEqual(sortedAccount(now));
          expect(now['balance']).toBe(balance);
        }
      }),
      { numRuns: 12 },
    );
  });
});

/** The demo's way to the broker itself, past the server: what the broker's own books say, and a fault to happen there. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { assert } from '../../core/shared/assert.ts';
import type { Static, TSchema } from 'typebox';

const Summary = Type.Object({
  account: Type.Object({ balance: Type.String(), lastTransactionID: Type.String() }),
});
const Log = Type.Object({
  transactions: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.String(),
      clientExtensions: Type.Optional(Type.Object({ id: Type.Optional(Type.String()) })),
    }),
  ),
});

export interface SimulatorConsoleOptions {
  readonly url: string;
  readonly token: string;
  /** Its id at the broker. */
  readonly account: string;
}

/** Asks the simulator as any other client of the account could. */
export class SimulatorConsole {
  readonly #options: SimulatorConsoleOptions;

  constructor(options: SimulatorConsoleOptions) {
    this.#options = options;
  }

  /** The account as the broker states it. */
  async summary(): Promise<Static<typeof Summary>['account']> {
    return (await this.#read('/summary', Summary)).account;
  }

  /** The numbers of the transactions that created an order with this client id. */
  async creationsOf(clientOrderId: string): Promise<readonly string[]> {
    const { transactions } = await this.#read('/transactions/sinceid?id=0', Log);
    return transactions
      .filter(
        ({ type, clientExtensions }) => type === 'MARKET_ORDER' && clientExtensions?.id === clientOrderId,
      )
      .map(({ id }) => id);
  }

  /** Lets the answer to the next order be lost; the order is placed all the same. */
  async loseNextAnswer(): Promise<void> {
    const fault = { fault: 'answer-lost', method: 'POST', path: '/orders', count: 1 };
    const answer = await fetch(`${this.#options.url}/simulator/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    assert(answer.ok, `the fault was answered ${answer.status}`);
  }

  async #read<Schema extends TSchema>(path: string, schema: Schema): Promise<Static<Schema>> {
    const { url, token, account } = this.#options;
    const answer = await fetch(`${url}/v3/accounts/${account}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert(answer.ok, `${path} at the simulator was answered ${answer.status}`);
    return Value.Parse(schema, await answer.json());
  }
}

/** Opens the v20 simulator: the one way to it from outside of its folder. */

import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { createSimulatorApp } from './simulator/simulator-app.ts';
import { isAccountId } from './simulator/account-id.ts';
import { ladderDepth } from './simulator/prices/price-ladder.ts';
import { Simulator } from './simulator/simulator.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Depth } from '../core/simulation/depth.ts';
import type { QuoteHistory } from './simulator/candles/candle-store.ts';
import type { AccountSpec } from './simulator/simulator-account.ts';
import type { PriceSource } from './price-source.ts';

export { isAccountId, ladderDepth };
export type { AccountSpec, QuoteHistory };

export interface SimulatorSettings {
  readonly accounts: readonly AccountSpec[];
  readonly prices: PriceSource;
  readonly instruments: Instruments;
  readonly history: QuoteHistory;
  /** How much the market takes at which price; an order of any size fills at the best one when left out. */
  readonly depth?: Depth | undefined;
  /** The only token that is taken; any of OANDA's shape when left out. */
  readonly token: string | undefined;
  readonly host: string;
  /** 0 chooses a free one. */
  readonly port: number;
}

/** A simulator that listens. */
export interface OpenedSimulator {
  /** Without a slash at its end, and without `/v3`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Returns the simulator once it listens; rejects with the system's error when it cannot. */
export async function openSimulator(settings: SimulatorSettings): Promise<OpenedSimulator> {
  const { accounts, prices, instruments, history, depth, token, host, port } = settings;
  const simulator = new Simulator({ accounts, prices, instruments, costs: { ...DEFAULT_COSTS, depth } });
  simulator.start();
  const app = createSimulatorApp({ simulator, token, history });
  const url = await app.listen({ host, port });
  return {
    url,
    close: async () => {
      await app.close();
      simulator.close();
    },
  };
}

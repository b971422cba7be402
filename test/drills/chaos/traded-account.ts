/** What a trader does with one account, drawn at random: orders, closes, protection, cancels and changes. */
import type { Answer, Call } from '../http-client.ts';
import type { Draw } from './draw.ts';
import type { KeyedRequest, KeyedRequests } from './keyed-requests.ts';
import type { SimulatorControl } from './simulator-control.ts';

export const INSTRUMENTS = [
  { name: 'EUR_USD', precision: 5 },
  { name: 'USD_JPY', precision: 3 },
] as const;
type Instrument = (typeof INSTRUMENTS)[number];

/** In pips. Near enough for some to be met within minutes; a trailing stop has at least five. */
const STOP = { least: 2, most: 40 } as const;
const TARGET = { least: 1, most: 10 } as const;
const TRAIL = { least: 5, most: 15 } as const;
const WAITING = { least: 1, most: 30 } as const;

interface Listed {
  readonly id: string;
  readonly instrument: string;
  readonly side: string;
  readonly type: string;
  readonly openUnits: number;
}

/** What the accounts of a trader share. */
export interface Desk {
  readonly draw: Draw;
  readonly simulator: Pick<SimulatorControl, 'middle'>;
  readonly requests: KeyedRequests;
  readonly send: (call: Call) => Promise<Answer>;
  readonly attempt: (request: KeyedRequest) => Promise<void>;
}

export class TradedAccount {
  readonly id: string;
  readonly brokerAccountId: string;
  readonly hedging: boolean;
  /** Whether its entries lapse at the broker unless the server renews them. */
  readonly isLeased: boolean;
  /** What was asked without a key: cancels and changes of protection, whose answers may be lost. */
  unkeyed = 0;
  readonly #desk: Desk;

  constructor(desk: Desk, account: Pick<TradedAccount, 'id' | 'brokerAccountId' | 'hedging' | 'isLeased'>) {
    this.#desk = desk;
    this.id = account.id;
    this.brokerAccountId = account.brokerAccountId;
    this.hedging = account.hedging;
    this.isLeased = account.isLeased;
  }

  /** Does one thing. */
  turn(): Promise<void> {
    const turns = [
      ...Array.from({ length: 8 }, () => () => this.#placeMarket()),
      ...Array.from({ length: 4 }, () => () => this.#placeWaiting('limit')),
      ...Array.from({ length: 3 }, () => () => this.#placeWaiting('stop')),
      ...Array.from({ length: 5 }, () => () => this.#close()),
      ...Array.from({ length: 5 }, () => () => this.#protect()),
      ...Array.from({ length: 2 }, () => () => this.#cancel()),
      () => this.#change(),
    ];
    return this.#desk.draw.oneOf(turns)();
  }

  #placeMarket(): Promise<void> {
    const { requests, attempt } = this.#desk;
    return attempt(requests.make('market', this.#order({ type: 'market' })));
  }

  async #placeWaiting(type: 'limit' | 'stop'): Promise<void> {
    const { draw, requests, attempt } = this.#desk;
    const instrument = draw.oneOf(INSTRUMENTS);
    const price = await this.#near(instrument);
    if (price === undefined) return;
    await attempt(requests.make(type, this.#order({ type, price }, instrument)));
  }

  #order(fields: object, instrument = this.#desk.draw.oneOf(INSTRUMENTS)): Omit<Call, 'idempotencyKey'> {
    const { draw } = this.#desk;
    const body = {
      accountId: this.id,
      instrument: instrument.name,
      side: draw.oneOf(['buy', 'sell']),
      units: draw.whole(1, 2_000),
      stopLossDistance: this.#pips(instrument, STOP),
      ...(draw.chance(40) && { takeProfitDistance: this.#pips(instrument, TARGET) }),
      ...fields,
    };
    return { method: 'POST', path: '/orders', body };
  }

  async #close(): Promise<void> {
    const { draw, requests, attempt } = this.#desk;
    const position = await this.#anOpenPosition();
    if (!position) return;
    const isPart = position.openUnits > 1 && draw.chance(50);
    const body = isPart ? { units: draw.whole(1, position.openUnits - 1) } : {};
    const call = { method: 'POST', path: `/positions/${position.id}/close`, body } as const;
    await attempt(requests.make('close', call));
  }

  /** Moves or adds protection; it never removes a stop loss. */
  async #protect(): Promise<void> {
    const position = await this.#anOpenPosition();
    const instrument = instrumentOf(position);
    if (!position || !instrument) return;
    const body = await this.#drawProtection(position, instrument);
    await this.#askOnce({ method: 'PATCH', path: `/positions/${position.id}`, body });
  }

  async #drawProtection({ side }: Listed, instrument: Instrument): Promise<object> {
    const { draw } = this.#desk;
    switch (draw.whole(1, 4)) {
      case 1:
        return { trailingDistance: this.#pips(instrument, TRAIL) };
      case 2:
        return { takeProfit: (await this.#near(instrument, side === 'long' ? 1 : -1)) ?? null };
      case 3:
        return { takeProfit: null, trailingDistance: null };
      default:
        return { stopLossDistance: this.#pips(instrument, STOP) };
    }
  }

  async #cancel(): Promise<void> {
    const order = await this.#aRestingOrder();
    if (order) await this.#askOnce({ method: 'DELETE', path: `/orders/${order.id}` });
  }

  async #change(): Promise<void> {
    const { requests, attempt } = this.#desk;
    const order = await this.#aRestingOrder();
    const instrument = instrumentOf(order);
    const price = instrument && (await this.#near(instrument));
    if (!order || price === undefined) return;
    const call = { method: 'PATCH', path: `/orders/${order.id}`, body: { price } } as const;
    await attempt(requests.make('change', call));
  }

  /** A price some pips from the market, which may trigger at once. */
  async #near(
    instrument: Instrument,
    direction = this.#desk.draw.oneOf([1, -1]),
  ): Promise<string | undefined> {
    const middle = await this.#desk.simulator.middle(instrument.name);
    if (!Number.isFinite(middle)) return undefined;
    const distance = Number(this.#pips(instrument, WAITING));
    return (middle + direction * distance).toFixed(instrument.precision);
  }

  #pips(
    { precision }: Instrument,
    { least, most }: { readonly least: number; readonly most: number },
  ): string {
    return (this.#desk.draw.whole(least, most) / 10 ** (precision - 1)).toFixed(precision);
  }

  async #anOpenPosition(): Promise<Listed | undefined> {
    return this.#anyOf(await this.#list(`/positions?accountId=${this.id}&open=true`));
  }

  async #aRestingOrder(): Promise<Listed | undefined> {
    const listed = await this.#list(`/orders?accountId=${this.id}&status=accepted`);
    return this.#anyOf(listed.filter(({ type }) => type === 'limit' || type === 'stop'));
  }

  #anyOf(listed: readonly Listed[]): Listed | undefined {
    return listed.length === 0 ? undefined : this.#desk.draw.oneOf(listed);
  }

  async #list(path: string): Promise<readonly Listed[]> {
    const { status, text } = await this.#desk.send({ method: 'GET', path });
    return status === 200 ? (JSON.parse(text) as { items: Listed[] }).items : [];
  }

  async #askOnce(call: Call): Promise<void> {
    this.unkeyed += 1;
    await this.#desk.send(call);
  }
}

function instrumentOf(listed: Listed | undefined): Instrument | undefined {
  return INSTRUMENTS.find(({ name }) => name === listed?.instrument);
}

/** People who read and write through the API without a pause, know what every answer must be, and remember each that was not. */
import { randomUUID } from 'node:crypto';
import { signUp } from './http-client.ts';
import { LoadClient } from './load-client.ts';
import type { Figures } from './figures.ts';
import type { Person } from './load-client.ts';
import type { Seeding } from './seeded-strategies.ts';

const ACCOUNT = { environment: 'paper', currency: 'USD', initialBalance: '100000' };
/** Makes a person with both accounts. */
export async function makePerson(address: string, index: number): Promise<Person> {
  const name = `drill_${index}_${randomUUID().slice(0, 8)}`;
  const { http } = await signUp(address, name, `198.51.100.${index + 1}`);
  const post = <Body>(body: object): Promise<Body> =>
    http.demand({ method: 'POST', path: '/accounts', body });
  const trading = await post<{ id: string }>({ ...ACCOUNT, name: 'Trading' });
  const archive = await post<{ id: string }>({ ...ACCOUNT, name: 'Archive' });
  return { http, tradingAccountId: trading.id, archiveAccountId: archive.id };
}

export interface LoadSettings {
  readonly people: readonly Person[];
  readonly seeding: Seeding;
  readonly everyMs: number;
  readonly figures: Figures;
}

/** So many clients at once, each making a request every so often. */
export class Load {
  readonly #clients: readonly LoadClient[];
  #running: readonly Promise<void>[] = [];
  readonly #end = new AbortController();

  constructor({ people, seeding, everyMs, figures }: LoadSettings) {
    this.#clients = Array.from({ length: seeding.clients }, (_, index) => {
      const person = people[index % people.length];
      if (!person) throw new Error('There are no people.');
      return new LoadClient(index, { person, seeding, everyMs, figures });
    });
  }

  start(): void {
    this.#running = this.#clients.map((client) => client.run(this.#end.signal));
  }

  /** Makes no more requests; resolves when every one has been answered. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
  }

  /** What every row that was made or renamed is called now. */
  get names(): ReadonlyMap<string, string> {
    return new Map(this.#clients.flatMap((client) => [...client.names]));
  }
}

/** What a flood is: something that people who mean no good, or do not care, send at a server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signUp } from '../http-client.ts';
import type { HttpClient } from '../http-client.ts';

/** Where a flood happens. */
export interface FloodPlace {
  readonly address: string;
  readonly databaseUrl: string;
  /** Aborted when the flood shall end. */
  readonly ends: AbortSignal;
  /** Counts what the server answered: a status, or words for what is none. */
  readonly count: (outcome: number | string) => void;
}

/** A flood that is ready to begin. */
export interface PreparedFlood {
  /** Floods until it shall end. */
  readonly run: () => Promise<void>;
  /** Removes what would change the figures of what is measured later. */
  readonly tidyUp?: () => Promise<void>;
}

export type Flood = (place: FloodPlace) => Promise<PreparedFlood>;

/** Repeats something until the flood ends, by so many senders at once, with a pause after each. */
export async function byMany(
  { ends }: FloodPlace,
  senders: number,
  act: (sender: number) => Promise<void>,
  pauseMs = 0,
): Promise<void> {
  const repeat = async (sender: number): Promise<void> => {
    while (!ends.aborted) {
      await act(sender);
      await pause(ends, pauseMs);
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, sender) => repeat(sender)));
}

/** Waits, but not beyond the end of the flood. */
export async function pause(ends: AbortSignal, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: ends }).catch(() => undefined);
}

/** One of the addresses that floods come from. */
export function floodAddress(index: number): string {
  return `203.0.113.${(index % 250) + 1}`;
}

/** A trader who floods. */
export interface Flooder {
  readonly name: string;
  readonly http: HttpClient;
  readonly token: string;
}

/** Signs so many traders up, each from an address of their own. */
export function addFlooders({ address }: FloodPlace, name: string, count: number): Promise<Flooder[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const person = `${name}_${index}`;
      return { name: person, ...(await signUp(address, person, floodAddress(index))) };
    }),
  );
}

/** Opens a paper account and returns its id. */
export async function openAccount(http: HttpClient, name: string): Promise<string> {
  const body = { name, environment: 'paper', currency: 'USD', initialBalance: '100000' };
  const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/accounts', body });
  return id;
}

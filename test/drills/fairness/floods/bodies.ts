/** A flood of bodies that are large and dear to check, at routes that anyone may call and at those that trade. */
import { HttpClient } from '../../http-client.ts';
import { addFlooders, byMany, floodAddress } from '../flood.ts';
import type { Flood } from '../flood.ts';

const NAMES = 30_000;
const SENDERS = 8;
/** Sixteen a second at each of the two routes. */
const EVERY_MS = 500;

/** 239 KB with 30,000 names that no schema has. */
export const largeBodies: Flood = async (place) => {
  const [trader] = await addFlooders(place, 'large_bodies', 1);
  const strangers = Array.from(
    { length: SENDERS },
    (_, index) => new HttpClient(place.address, floodAddress(100 + index)),
  );
  const body = Object.fromEntries(Array.from({ length: NAMES }, (_, name) => [name.toString(36), 1]));
  const send = async (http: HttpClient | undefined, path: string): Promise<void> => {
    const answer = await http?.send({ method: 'POST', path, body });
    place.count(answer?.status === 0 ? 'cut off' : (answer?.status ?? ''));
  };
  return {
    run: async () => {
      await Promise.all([
        byMany(place, SENDERS, () => send(trader?.http, '/orders'), EVERY_MS),
        byMany(place, SENDERS, (sender) => send(strangers[sender], '/auth/login'), EVERY_MS),
      ]);
      for (const { close } of strangers.map((http) => ({ close: () => http.close() }))) close();
    },
  };
};

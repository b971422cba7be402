/** A flood of wrong passwords: each costs a hash that is slow on purpose. */
import { HttpClient } from '../../http-client.ts';
import { byMany } from '../flood.ts';
import type { Flood } from '../flood.ts';

const ADDRESSES = 60;

/** Sixty addresses, each with a wrong password as soon as the last one was refused, for another person each time. */
export const signIns: Flood = async (place) => {
  const senders = Array.from(
    { length: ADDRESSES },
    (_, index) => new HttpClient(place.address, `192.0.2.${index + 1}`),
  );
  let tries = 0;
  return {
    run: async () => {
      await byMany(place, ADDRESSES, async (sender) => {
        tries += 1;
        const body = { email: `guessed${tries}@example.org`, password: 'a wrong long secret' };
        const answer = await senders[sender]?.send({ method: 'POST', path: '/auth/login', body });
        place.count(answer?.status ?? '');
      });
      for (const http of senders) http.close();
    },
  };
};

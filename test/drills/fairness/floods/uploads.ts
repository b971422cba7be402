/** Floods of price files: some that never come to their end, others full of rows that are none. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { addFlooders, byMany, floodAddress } from '../flood.ts';
import type { Flood, FloodPlace } from '../flood.ts';

const UPLOADERS = 4;
const ROW = '2026-01-05T08:00:00Z,1.10000,1.10010\n';
const DRIP_EVERY_MS = 1_000;
/** A second's bytes: a row, or just more than the slowest sender that is waited for. */
const DRIPS = [1, Math.ceil(20_000 / ROW.length)] as const;

/** Files that come as slowly as a server that has patience lets them. */
export const drippingUpload: Flood = async (place) => {
  const flooders = await addFlooders(place, 'dripping', UPLOADERS);
  return {
    run: () =>
      byMany(place, UPLOADERS * DRIPS.length, async (sender) => {
        const token = flooders[sender % UPLOADERS]?.token ?? '';
        const rows = DRIPS[Math.floor(sender / UPLOADERS)] ?? 1;
        place.count(await drip(place, { token, rows, from: floodAddress(sender % UPLOADERS) }));
        await sleep(100);
      }),
  };
};

interface Drip {
  readonly token: string;
  readonly from: string;
  readonly rows: number;
}

/** Sends some rows each second until the server answers or the flood ends. */
function drip({ address, ends }: FloodPlace, { token, from, rows }: Drip): Promise<number | string> {
  const { hostname, port, host } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /api/v1/price-series?instrument=EUR_USD HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: ${from}\r\n` +
      `Authorization: Bearer ${token}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('time,bid,ask\n')}`,
  );
  const timer = setInterval(() => socket.write(chunk(ROW.repeat(rows))), DRIP_EVERY_MS);
  const end = (outcome: number | string): void => {
    clearInterval(timer);
    ends.removeEventListener('abort', onEnd);
    socket.destroy();
    resolve(outcome);
  };
  const onEnd = (): void => end('held to the end');
  ends.addEventListener('abort', onEnd);
  socket.once('data', (bytes: Buffer) => end(Number(bytes.toString('latin1').slice(9, 12))));
  socket.once('error', () => end('cut off'));
  socket.once('close', () => end('cut off'));
  return promise;
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const BAD_ROWS = 120_000;

/** Half a megabyte, which is five when it is unpacked, over and over. */
export const badRows: Flood = async (place) => {
  const flooders = await addFlooders(place, 'bad_rows', UPLOADERS);
  const rows = Array.from({ length: BAD_ROWS }, (_, row) => `2026-01-05T08:00:00Z,${row * 7_919},no price\n`);
  const file = gzipSync(`time,bid,ask\n${rows.join('')}`);
  const post = async (sender: number): Promise<number | string> => {
    const query = `instrument=EUR_USD&skipBad=${sender % 2 === 0}`;
    const answer = await fetch(`${place.address}/api/v1/price-series?${query}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${flooders[sender]?.token}`,
        'content-type': 'application/gzip',
        'x-forwarded-for': floodAddress(sender),
      },
      body: file,
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  return {
    run: () =>
      byMany(place, UPLOADERS, async (sender) => place.count(await post(sender).catch(() => 'cut off'))),
  };
};

import { expect, it } from 'vitest';
import { ImportPlaces } from './import-places.ts';
import type { ImportPlace } from './import-places.ts';

/** So many bytes came over a line of that many bytes a millisecond. */
const receive = ({ patience }: ImportPlace, bytes: number, bytesPerMs: number): void => {
  for (let left = bytes; left > 0; left -= 65_536) patience.noteReceived(65_536, 65_536 / bytesPerMs);
};

/** Two people have places and send; returns what becomes of a third one. */
function thirdAfter(bytes: number, bytesPerMs: number) {
  const places = new ImportPlaces({ most: 2 });
  for (const person of ['one', 'other']) receive(places.take(person), bytes, bytesPerMs);
  return () => places.take('third');
}

it('a server with one place takes the next file when the first is done', () => {
  const places = new ImportPlaces({ most: 1 });
  const first = places.take('one');

  expect(() => places.take('other')).toThrow('Other price files are being imported.');
  places.release(first);
  expect(places.take('other').userId).toBe('other');
});

it('a large file over an everyday line keeps its place: otherwise no one would come to an end', () => {
  // 100 MB at 8 Mbit a second: 100 seconds.
  expect(thirdAfter(100_000_000, 1_000)).toThrow('Other price files are being imported.');
});

it('a line that is hardly used gives its place up', () => {
  // 640 KB at 20 KB a second: 32 seconds.
  expect(thirdAfter(640_000, 20)().userId).toBe('third');
});

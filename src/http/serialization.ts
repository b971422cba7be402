/** Turns answers into JSON, with the fields that their schemas name and no others. */

import { createRequire } from 'node:module';
import type { FastifySerializerCompiler } from 'fastify';
import type { build } from 'fast-json-stringify';
import { WrittenAnswer } from './written-answer.ts';

type Serialize = (answer: unknown) => string;

/** Loaded when it is first needed, by its name. */
const load: (library: 'fast-json-stringify') => typeof build = createRequire(import.meta.url);
/** One schema serves several routes. */
const serializerBySchema = new WeakMap<object, Serialize>();

/**
 * Makes what turns the answers of a route into JSON; Fastify calls it once for each schema. It is compiled when the first such
 * answer is sent: all of them, and the library that does it, would be a tenth of the time of a start.
 */
export const serializerCompiler: FastifySerializerCompiler<object> =
  ({ schema }) =>
  (answer) =>
    answer instanceof WrittenAnswer ? answer.json : serializerOf(schema)(answer);

function serializerOf(schema: object): Serialize {
  const known = serializerBySchema.get(schema);
  if (known) return known;
  const serialize: Serialize = load('fast-json-stringify')(schema);
  serializerBySchema.set(schema, serialize);
  return serialize;
}

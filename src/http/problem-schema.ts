/** The schema of every answer that is not a success. */

import { Type } from 'typebox';
import type { ProblemDocument } from './problems.ts';

/** A problem document (RFC 9457). Its `type` is a link that this server explains. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', examples: ['/problems/order-denied'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What was expected and what was found, for people.' }),
    instance: Type.String({ description: 'The path of the request.' }),
    code: Type.String({ description: 'The reason, for programs.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'A JSON pointer into the request.' }),
          detail: Type.String(),
        }),
      ),
    ),
    facts: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What else helps to understand it.' }),
    ),
    requestId: Type.String(),
  },
  { $id: 'Problem', title: 'Problem' },
);

/** The same inside an answer about several things. */
export const ItemProblem = Type.Unsafe<ProblemDocument>(
  Type.Object(ProblemSchema.properties, { title: 'Problem' }),
);

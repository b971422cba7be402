/** What the `type` of a problem, or the code of a denial, leads to: an explanation, as a page for people or as JSON for programs. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DENIALS, isDenialCode } from '../core/domain/denial-catalogue.ts';
import { Problem, PROBLEM_TYPES } from '../core/shared/problem.ts';
import { namedObject } from './schemas.ts';
import type { ProblemName } from '../core/shared/problem.ts';
import type { App } from './route.ts';

const Explanation = namedObject('ProblemExplanation', {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  remedy: Type.String({ description: 'What the reader can do about it.' }),
  pointer: Type.Optional(
    Type.String({ description: 'Of the code of a denial: the field of the request that it is about.' }),
  ),
});

export function registerProblemRoutes(app: App): void {
  app.get('/problems/:type', {
    config: { access: 'public', problems: ['not-found'] },
    schema: {
      operationId: 'explainProblem',
      summary: 'What a problem, or the code of a denial, means and what to do about it',
      tags: ['health'],
      params: Type.Object({ type: Type.String({ maxLength: 64 }) }),
      response: {
        200: {
          description: 'The explanation, as HTML for browsers.',
          content: { 'application/json': { schema: Explanation }, 'text/html': { schema: Type.String() } },
        },
      },
    },
    handler: async (request, reply) => {
      const explanation = explain(request.params.type);
      void reply.header('vary', 'accept');
      if (!(request.headers.accept ?? '').includes('text/html')) return reply.send(explanation);
      return reply.type('text/html; charset=utf-8').send(page(explanation));
    },
  });
}

function explain(name: string): Static<typeof Explanation> {
  const type = `/problems/${name}`;
  if (isProblemName(name)) return { type, ...PROBLEM_TYPES[name] };
  if (!isDenialCode(name)) throw new Problem('not-found', 'There is no such problem.');
  const { reason, remedy, field } = DENIALS[name];
  const { status } = PROBLEM_TYPES['order-denied'];
  return { type, title: reason.replace(/\.$/, ''), status, remedy, pointer: `/${field}` };
}

function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(PROBLEM_TYPES, name);
}

function page({ type, title, status, remedy, pointer }: Static<typeof Explanation>): string {
  const field = pointer === undefined ? '' : `, about <code>${escapeHtml(pointer)}</code>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body>
<h1>${escapeHtml(title)}</h1>
<p><code>${escapeHtml(type)}</code>, HTTP status ${status}${field}</p>
<p>${escapeHtml(remedy)}</p>
${type === '/problems/order-denied' ? listOfDenials() : ''}</body>
</html>
`;
}

function listOfDenials(): string {
  const items = Object.entries(DENIALS).map(
    ([code, { reason }]) =>
      `<li><a href="/problems/${code}"><code>${code}</code></a>: ${escapeHtml(reason)}</li>\n`,
  );
  return `<ul>\n${items.join('')}</ul>\n`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

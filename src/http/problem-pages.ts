/** What the `type` of a problem leads to: an explanation, as a page for people or as JSON for programs. */

import { Type } from 'typebox';
import { Problem, PROBLEM_TYPES } from '../core/shared/problem.ts';
import { namedObject } from './schemas.ts';
import type { ProblemName, ProblemType } from '../core/shared/problem.ts';
import type { App } from './route.ts';

const Explanation = namedObject('ProblemExplanation', {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  remedy: Type.String({ description: 'What the reader can do about it.' }),
});

export function registerProblemRoutes(app: App): void {
  app.get('/problems/:type', {
    config: { access: 'public', problems: ['not-found'] },
    schema: {
      operationId: 'explainProblem',
      summary: 'What a problem means and what to do about it',
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
      const { type } = request.params;
      if (!isProblemName(type)) throw new Problem('not-found', 'There is no such problem.');
      const explanation = { type: `/problems/${type}`, ...PROBLEM_TYPES[type] };
      void reply.header('vary', 'accept');
      if (!(request.headers.accept ?? '').includes('text/html')) return reply.send(explanation);
      return reply.type('text/html; charset=utf-8').send(page(explanation));
    },
  });
}

function isProblemName(name: string): name is ProblemName {
  return Object.hasOwn(PROBLEM_TYPES, name);
}

function page({ type, title, status, remedy }: ProblemType & { readonly type: string }): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body>
<h1>${escapeHtml(title)}</h1>
<p><code>${escapeHtml(type)}</code>, HTTP status ${status}</p>
<p>${escapeHtml(remedy)}</p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** What is reported of each answered request. */

import type { App } from './route.ts';

/** An answered request. */
export interface AnsweredRequest {
  readonly method: string;
  /** The template of its route; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Reports every request when its answer has been sent, or its sender is gone. */
export function countAnswers(app: App, onAnswered: (answered: AnsweredRequest) => void): void {
  app.addHook('onResponse', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    onAnswered({
      method: request.method,
      route,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
    });
    done();
  });
}

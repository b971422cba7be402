import type { Problem } from './types.ts';

/** An answer that is no success. `code` says for programs what happened, `message` for people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    const fields = (problem.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
    super([problem.detail, ...fields].join(' '));
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

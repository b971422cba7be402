/** Requests under keys, each repeated under its key until it has an answer, as a client should. */
import type { Answer, Call } from '../http-client.ts';

/** What a request makes or changes. */
export type RequestKind = 'market' | 'limit' | 'stop' | 'change' | 'close';

export interface KeyedRequest {
  readonly kind: RequestKind;
  readonly call: Call;
  attempts: number;
  isUnderWay: boolean;
  /** Its answer, once there is one that is not to be asked for again. */
  answer?: Answer;
}

export class KeyedRequests {
  readonly all: KeyedRequest[] = [];
  readonly #key: string;

  /** `key` begins the key of each. */
  constructor(key: string) {
    this.#key = key;
  }

  make(kind: RequestKind, call: Omit<Call, 'idempotencyKey'>): KeyedRequest {
    const request = {
      kind,
      call: { ...call, idempotencyKey: `${this.#key}-${this.all.length}` },
      attempts: 0,
      isUnderWay: false,
    };
    this.all.push(request);
    return request;
  }

  /** Those that may be sent again now. */
  get unanswered(): readonly KeyedRequest[] {
    return this.all.filter(({ answer, isUnderWay }) => answer === undefined && !isUnderWay);
  }

  /** How many have their answer. */
  get answered(): number {
    return this.all.filter(({ answer }) => answer !== undefined).length;
  }

  /** How many requests were sent more than once. */
  get repeated(): number {
    return this.all.filter(({ attempts }) => attempts > 1).length;
  }

  /** Sends a request, and keeps the answer if it is the last. */
  async attempt(request: KeyedRequest, send: (call: Call) => Promise<Answer>): Promise<void> {
    request.attempts += 1;
    request.isUnderWay = true;
    const answer = await send(request.call);
    request.isUnderWay = false;
    if (isLast(answer)) request.answer = answer;
  }
}

/** The id of the order that a request made; undefined when it was refused. */
export function orderIdOf({ answer }: KeyedRequest): string | undefined {
  return answer?.status === 201 ? (JSON.parse(answer.text) as { id: string }).id : undefined;
}

/** 202 is provisional, 503 may be another copy or none, and 409 of this name that the key is being worked on. */
function isLast({ status, text }: Answer): boolean {
  if (status === 0 || status === 202 || status === 429 || status >= 500) return false;
  return status !== 409 || !text.includes('request-in-progress');
}

/** What became of a request, from OANDA's answer to it. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { transactionIdOf } from './translate/transaction-reader.ts';
import { Unreadable } from './translate/unreadable.ts';
import { Id, idOf } from './translate/wire-values.ts';
import type { SendEnd } from './http/oanda-client.ts';
import type { TransactionReader } from './translate/transaction-reader.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { RejectReason } from '../../core/domain/transaction-reasons.ts';
import type { BrokerAnswer } from '../broker.ts';

const Answer = Type.Object({ relatedTransactionIDs: Type.Optional(Type.Array(Id)) });
const Member = Type.Object({ id: Id, type: Type.String() });
const ErrorBody = Type.Object({ errorMessage: Type.String() });

export interface AnswerSource {
  readonly reader: TransactionReader;
  /** Reads the log after a transaction number. */
  readonly logSince: (lastTransactionId: number) => Promise<readonly Transaction[]>;
}

/**
 * Returns the answer in the words of the port. The transactions are all that the request made: what OANDA only names the numbers of, such
 * as the orders that protect what a fill opened, is read from the log. When that fails the outcome is unknown.
 */
export async function brokerAnswer(end: SendEnd, source: AnswerSource): Promise<BrokerAnswer> {
  if (end.end === 'unknown') return { outcome: 'unknown', cause: end.why };
  if (end.end === 'refused') return { outcome: 'refused', reason: refusal(end.status), detail: end.why };
  const { status, body } = end;
  try {
    const raws = transactionsIn(body);
    if (raws.length > 0) return { outcome: 'answered', transactions: await allOf(raws, body, source) };
  } catch (cause) {
    return { outcome: 'unknown', cause };
  }
  const detail = Value.Check(ErrorBody, body) ? body.errorMessage : `OANDA answered ${status}`;
  // It was not accepted, and an error without a transaction has left none. Source: OANDA v20, error responses.
  if (status >= 400) return { outcome: 'refused', reason: 'request-invalid', detail };
  return { outcome: 'unknown', cause: `OANDA answered ${status} without a transaction` };
}

function refusal(status: number | undefined): RejectReason {
  if (status === undefined) return 'broker-unreachable';
  return status === 429 ? 'rate-limited' : 'access-refused';
}

/** The members of an answer that are transactions, whatever their names are. */
function transactionsIn(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body)
    .filter(([name, value]) => name.endsWith('Transaction') && Value.Check(Member, value))
    .map(([, value]) => value as unknown);
}

async function allOf(
  raws: readonly unknown[],
  body: unknown,
  { reader, logSince }: AnswerSource,
): Promise<readonly Transaction[]> {
  const stated = new Set(raws.map(transactionIdOf));
  const related = Value.Check(Answer, body) ? (body.relatedTransactionIDs ?? []).map(idOf) : [];
  if (related.every((id) => stated.has(id))) return reader.read(raws);
  const ids = new Set([...stated, ...related]);
  const log = await logSince(Math.min(...ids) - 1);
  const whole = log.filter(({ id }) => ids.has(id));
  if (whole.length < ids.size) throw new Unreadable('the log lacks transactions that the answer names');
  return whole;
}

/** What a broker reports by itself. */
import type { BrokerListener } from '../../../src/brokers/broker.ts';
import type { Quote } from '../../../src/core/domain/quote.ts';
import type { Problem } from '../../../src/core/shared/problem.ts';
import type { Transaction } from '../../../src/core/domain/transaction.ts';

export class Reports implements BrokerListener {
  readonly quotes: Quote[] = [];
  readonly problems: Problem[] = [];
  /** How far the log goes. */
  logEnd = 0;
  readonly onQuote = (quote: Quote): void => void this.quotes.push(quote);
  readonly onClock = (): void => undefined;
  readonly onTransactions = (transactions: readonly Transaction[]): void => {
    this.logEnd = Math.max(this.logEnd, ...transactions.map(({ id }) => id));
  };
  readonly onLogEnd = (id: number): void => {
    this.logEnd = Math.max(this.logEnd, id);
  };
  readonly onConnection = (): void => undefined;
  readonly onUnreadable = (): void => undefined;
  readonly onRefused = (problem: Problem): void => void this.problems.push(problem);
}

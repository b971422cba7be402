/** What the tests use of the npm package `@oanda/v20`, which has no types. */
declare module '@oanda/v20/context.js' {
  interface V20Response {
    readonly statusCode: string;
    /** An object of the package's own classes, each field under its name in the API. */
    readonly body: unknown;
  }

  type Take = (response: V20Response) => void;
  type Fields = Readonly<Record<string, unknown>>;

  export class Context {
    constructor(hostname: string, port: number, ssl: boolean, application: string);
    setToken(token: string): void;
    request(method: string, path: string, body: Fields, takeLine: (line: string) => void, take: Take): void;
    readonly account: {
      list(take: Take): void;
      summary(accountId: string, take: Take): void;
      instruments(accountId: string, query: Fields, take: Take): void;
      changes(accountId: string, query: Fields, take: Take): void;
    };
    readonly instrument: { candles(instrument: string, query: Fields, take: Take): void };
    readonly order: {
      create(accountId: string, body: Fields, take: Take): void;
      cancel(accountId: string, specifier: string, take: Take): void;
      listPending(accountId: string, take: Take): void;
    };
    readonly position: {
      get(accountId: string, instrument: string, take: Take): void;
      close(accountId: string, instrument: string, body: Fields, take: Take): void;
    };
    readonly pricing: { get(accountId: string, query: Fields, take: Take): void };
    readonly trade: {
      listOpen(accountId: string, take: Take): void;
      close(accountId: string, specifier: string, body: Fields, take: Take): void;
    };
    readonly transaction: {
      since(accountId: string, query: Fields, take: Take): void;
      stream(accountId: string, takeTransaction: (transaction: unknown) => void, take: Take): void;
    };
  }
}

/** The types of the TypeScript client, from the documents of the API. */

import { typeOf } from './schema-type.ts';
import type { Schema, Schemas } from './broken-schemas.ts';

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Media & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Media>>;
}

/** What is read of the OpenAPI document. */
export interface HttpDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}

/** What is read of the AsyncAPI document. */
export interface StreamDocument {
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly messages: readonly { readonly $ref: string }[] }>
  >;
  readonly components: {
    readonly schemas: Schemas;
    readonly messages: Readonly<Record<string, { readonly payload: Schema; readonly description?: string }>>;
  };
}

const IF_MATCH =
  'What `etagOf` gives for what was read: a change of something that is another by now is refused (412).';

/** Returns a module with a type for each schema, operation and frame, and the addresses of the operations. */
export function clientTypes(http: HttpDocument, stream: StreamDocument): string {
  const operations = Object.entries(http.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const schemas = { ...stream.components.schemas, ...http.components.schemas };
  return [
    '// Made from the documents of the API by `npm run api -- write`; not to be changed by hand.',
    ...Object.entries(schemas).map(
      ([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)};`,
    ),
    `/** What each operation takes, and what it answers. */\nexport interface Operations {\n${operations.map(operationType).join('\n')}\n}`,
    `/** Where each operation is, whether it may be repeated under an Idempotency-Key, and the type of a file that does not say its own. */\nexport const OPERATIONS = {\n${operations.map(address).join('\n')}\n} as const;`,
    ...['receive', 'send'].map((action) => frames(action, stream)),
    '',
  ].join('\n\n');
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '* /')} */\n`;
}

function operationType({ operation }: { readonly operation: Operation }): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation;
  const fields = (['path', 'query'] as const).flatMap((place) => {
    const ofPlace = parameters.filter((parameter) => parameter.in === place);
    if (ofPlace.length === 0) return [];
    const isNeeded = ofPlace.some(({ required }) => required === true);
    const types = ofPlace.map(
      ({ name, required, schema, description }) =>
        `${comment(description)}readonly '${name}'${required === true ? '' : '?'}: ${typeOf(schema)};`,
    );
    return [`readonly ${place}${isNeeded ? '' : '?'}: { ${types.join(' ')} };`];
  });
  if (requestBody?.content) {
    const types = Object.entries(requestBody.content).map(
      ([media, { schema }]) => bodyKind(media) ?? typeOf(schema),
    );
    fields.push(
      `readonly body${requestBody.required === true ? '' : '?'}: ${[...new Set(types)].join(' | ')};`,
    );
  }
  if (parameters.some(({ name }) => name === 'if-match'))
    fields.push(`\n${comment(IF_MATCH)}readonly ifMatch?: string | undefined;`);
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content }]) => (content?.[JSON_TYPE] ? typeOf(content[JSON_TYPE].schema) : 'undefined'));
  return `${comment(summary)}${operationId}: { request: { ${fields.join(' ')} }; answer: ${[...new Set(answers)].join(' | ')} };`;
}

const JSON_TYPE = 'application/json';

/** What is no JSON is sent as it is. */
function bodyKind(media: string): 'FormData' | 'Blob' | undefined {
  if (media === JSON_TYPE) return undefined;
  return media === 'multipart/form-data' ? 'FormData' : 'Blob';
}

function address({
  path,
  method,
  operation,
}: {
  path: string;
  method: string;
  operation: Operation;
}): string {
  const isIdempotent = (operation.parameters ?? []).some(({ name }) => name === 'idempotency-key');
  const fileType = Object.keys(operation.requestBody?.content ?? {}).find(
    (media) => bodyKind(media) === 'Blob',
  );
  const ofFile = fileType === undefined ? '' : `, fileType: '${fileType}'`;
  return `${operation.operationId}: { method: '${method}', path: '${path}', isIdempotent: ${isIdempotent}${ofFile} },`;
}

function frames(action: string, { operations, components }: StreamDocument): string {
  const [name, words] =
    action === 'receive' ? ['ClientFrame', 'a client sends'] : ['ServerFrame', 'the server sends'];
  const types = Object.values(operations)
    .filter((operation) => operation.action === action)
    .flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split('/').at(-1) ?? ''))
    .map((message) => typeOf(components.messages[message]?.payload ?? {}));
  return `/** What ${words} over the WebSocket. */\nexport type ${name} =\n${types.map((type) => `| ${type}`).join('\n')};`;
}

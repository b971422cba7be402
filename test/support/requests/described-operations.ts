/** The operations of a served OpenAPI document, and whether an answer is one that it describes. */

import { Compile } from 'typebox/compile';
import type { JsonSchema } from './schema-values.ts';
import type { Method } from './listed-routes.ts';

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface DescribedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required?: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface Answer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly name: string;
  readonly method: Method;
  /** With `{id}` in it. */
  readonly path: string;
  readonly isForAdmins: boolean;
  readonly query: JsonSchema;
  readonly body: JsonSchema | undefined;
  readonly bodyType: string;
  /** Returns what is wrong with an answer, undefined when the document describes it. */
  readonly faultOf: (answer: Answer) => string | undefined;
}

/** Returns all operations of a document. */
export function describedOperations(document: Document): readonly Operation[] {
  const { schemas } = document.components;
  const { paths } = withoutReferences({ paths: document.paths, schemas });
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const [content] = Object.entries(operation.requestBody?.content ?? {});
      const asked = (operation.parameters ?? []).filter((one) => one.in === 'query');
      return {
        name: operation.operationId,
        method: method.toUpperCase() as Method,
        path,
        isForAdmins: operation.tags.includes('admin'),
        query: {
          type: 'object',
          properties: Object.fromEntries(asked.map(({ name, schema }) => [name, schema])),
          required: asked.filter(({ required }) => required).map(({ name }) => name),
        },
        body: content?.[1].schema,
        bodyType: content?.[0] ?? 'application/json',
        faultOf: answerCheck(operation.responses),
      };
    }),
  );
}

function answerCheck(responses: Readonly<Record<string, Described>>): (answer: Answer) => string | undefined {
  const checks = new Map<string, ReturnType<typeof Compile>>();
  return ({ statusCode, body, headers }) => {
    const described = responses[statusCode];
    if (!described) return `the status ${statusCode} is not described`;
    const sentType = headers['content-type'];
    const [type = ''] = typeof sentType === 'string' ? sentType.split(';') : [];
    if (!described.content) return body === '' ? undefined : 'a body where none is described';
    const schema = described.content[type]?.schema;
    if (!schema) return `a body of the type "${type}" is not described`;
    if (!type.endsWith('json')) return undefined;
    const name = `${statusCode} ${type}`;
    const check = checks.get(name) ?? compiled(schema);
    checks.set(name, check);
    const value: unknown = JSON.parse(body);
    return check.Check(value) ? undefined : JSON.stringify(check.Errors(value).slice(0, 2));
  };
}

const compiledByText = new Map<string, ReturnType<typeof Compile>>();

/** Compiled once for all operations: most of what they may answer is the same problem. */
function compiled(schema: JsonSchema): ReturnType<typeof Compile> {
  const text = JSON.stringify(schema);
  const check = compiledByText.get(text) ?? Compile(schema as object);
  compiledByText.set(text, check);
  return check;
}

interface WithSchemas {
  readonly schemas: Readonly<Record<string, object>>;
}

const REFERENCE = '#/components/schemas/';

/** Returns a document with each reference to one of its schemas replaced by what it leads to. */
export function withoutReferences<Whole extends WithSchemas>(document: Whole): Whole {
  const text = JSON.stringify(document, (_key, value: { readonly $ref?: unknown }) => {
    const { $ref, ...beside } = value ?? {};
    return typeof $ref === 'string' ? { ...document.schemas[$ref.replace(REFERENCE, '')], ...beside } : value;
  });
  return JSON.parse(text);
}

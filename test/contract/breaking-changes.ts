/** What of a changed OpenAPI or AsyncAPI document would break a program that was written for it as it was. */

import { brokenAnswer, brokenRequest } from './broken-schemas.ts';
import type { Schema, Schemas } from './broken-schemas.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly required?: boolean;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

interface Message {
  readonly payload: Schema;
}

/** The parts of both kinds of document that programs depend on. */
export interface ApiDocument {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly operations?: Readonly<
    Record<string, { readonly action: string; readonly messages: readonly Reference[] }>
  >;
  readonly components: { readonly schemas: Schemas; readonly messages?: Readonly<Record<string, Message>> };
}

interface Reference {
  readonly $ref: string;
}

/** Returns a sentence for each change that breaks programs, none when all goes on as before. */
export function breakingChanges(before: ApiDocument, after: ApiDocument): readonly string[] {
  return [...brokenOperations(before, after), ...brokenMessages(before, after)];
}

function brokenOperations(before: ApiDocument, after: ApiDocument): readonly string[] {
  return Object.entries(before.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, was]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const is = after.paths?.[path]?.[method];
      if (!is) return [`${name} is gone`];
      const schemas = { before: before.components.schemas, after: after.components.schemas };
      return [
        ...(was.operationId === is.operationId
          ? []
          : [`${name}: its operationId is ${is.operationId}, not ${was.operationId}`]),
        ...brokenParameters(was.parameters ?? [], is.parameters ?? [], schemas),
        ...brokenBody(was.requestBody, is.requestBody, schemas),
        ...brokenAnswers(was.responses ?? {}, is.responses ?? {}, schemas),
      ].map((change) => (change.startsWith(name) ? change : `${name}: ${change}`));
    }),
  );
}

interface BothSchemas {
  readonly before: Schemas;
  readonly after: Schemas;
}

function brokenParameters(was: readonly Parameter[], is: readonly Parameter[], schemas: BothSchemas) {
  const same = (one: Parameter) => (other: Parameter) => one.name === other.name && one.in === other.in;
  const added = is.filter((parameter) => parameter.required === true && !was.some(same(parameter)));
  return [
    ...added.map(({ name }) => `the parameter ${name} is needed now`),
    ...was.flatMap((parameter) => {
      const now = is.find(same(parameter));
      if (!now) return [`the parameter ${parameter.name} is gone`];
      const isNeeded = now.required === true && parameter.required !== true;
      return [
        ...(isNeeded ? [`the parameter ${parameter.name} is needed now`] : []),
        ...brokenRequest(parameter.schema, now.schema, schemas, parameter.name),
      ];
    }),
  ];
}

function brokenBody(was: Content | undefined, is: Content | undefined, schemas: BothSchemas) {
  if (!was?.content) return is?.required === true ? ['a body is needed now'] : [];
  const isNeeded = was.required !== true && is?.required === true;
  return [
    ...(isNeeded ? ['a body is needed now'] : []),
    ...brokenContent(was, is, (before, after) => brokenRequest(before, after, schemas, 'body')),
  ];
}

function brokenAnswers(
  was: Readonly<Record<string, Content>>,
  is: Readonly<Record<string, Content>>,
  schemas: BothSchemas,
) {
  return Object.entries(was)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([status, answer]) => {
      const now = is[status];
      if (!now) return [`the answer ${status} is gone`];
      return brokenContent(answer, now, (before, after) => brokenAnswer(before, after, schemas, status));
    });
}

function brokenContent(
  was: Content,
  is: Content | undefined,
  compare: (before: Schema, after: Schema) => readonly string[],
): readonly string[] {
  return Object.entries(was.content ?? {}).flatMap(([type, { schema: before = {} }]) => {
    const now = is?.content?.[type];
    return now ? compare(before, now.schema ?? {}) : [`${type} is gone`];
  });
}

function brokenMessages(before: ApiDocument, after: ApiDocument): readonly string[] {
  const schemas = { before: before.components.schemas, after: after.components.schemas };
  return Object.values(before.operations ?? {}).flatMap(({ action, messages }) =>
    messages.flatMap(({ $ref }) => {
      const name = $ref.split('/').at(-1) ?? '';
      const was = before.components.messages?.[name]?.payload ?? {};
      const is = after.components.messages?.[name]?.payload;
      if (!is) return [`the message ${name} is gone`];
      const compare = action === 'receive' ? brokenRequest : brokenAnswer;
      return compare(was, is, schemas, name);
    }),
  );
}

/** Schemas that have a title are listed once in the API's description, by that title; each use of one refers to it. Each says its type. */

import { assert } from '../core/shared/assert.ts';

interface Described {
  readonly components?: (object & { readonly schemas?: Readonly<Record<string, unknown>> }) | undefined;
}

type Node = Readonly<Record<string, unknown>>;

/** Returns a description of an API with its titled schemas among its components. Two different schemas of one title stop the start. */
export function withNamedSchemas<Description extends Described>(description: Description): Description {
  const named = new NamedSchemas();
  const { components = {}, ...rest } = description;
  const { schemas: listed = {}, ...otherComponents } = components;
  const replaced = named.replaceIn(rest);
  const others = named.replaceIn(otherComponents);
  const existing = named.replaceChildren(listed);
  const schemas = Object.entries({ ...existing, ...named.schemas() });
  return {
    ...replaced,
    components: {
      ...others,
      schemas: Object.fromEntries(schemas.toSorted(([one], [other]) => (one < other ? -1 : 1))),
    },
  } as Description;
}

interface NamedSchema {
  readonly schema: Node;
  /** What its uses say of it; a single one describes the schema itself. */
  readonly descriptions: Set<unknown>;
}

class NamedSchemas {
  readonly #byTitle = new Map<string, NamedSchema>();
  readonly #uses: { readonly title: string; readonly reference: Record<string, unknown> }[] = [];

  /** Returns the value with references in place of the titled schemas in it. */
  replaceIn<Value>(value: Value): Value {
    if (Array.isArray(value)) return value.map((item: unknown) => this.replaceIn(item)) as Value;
    if (!isNode(value)) return value;
    if (Array.isArray(value['enum']) && !('type' in value))
      return this.replaceIn({ type: typeOf(value['enum']), ...value });
    return (isTitled(value) ? this.#referenceTo(value) : this.replaceChildren(value)) as Value;
  }

  /** Returns the object with its fields replaced, and not itself. */
  replaceChildren(node: Node): Node {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.replaceIn(value)]));
  }

  /** Returns what was found, by title. Where all uses say the same of a schema, it is said once. */
  schemas(): Readonly<Record<string, unknown>> {
    for (const { title, reference } of this.#uses)
      if (this.#byTitle.get(title)?.descriptions.size === 1) delete reference['description'];
    return Object.fromEntries(
      [...this.#byTitle].map(([title, { schema, descriptions }]) => {
        const [description] = descriptions;
        return [
          title,
          descriptions.size === 1 && description !== undefined ? { ...schema, description } : schema,
        ];
      }),
    );
  }

  #referenceTo({ description, ...node }: TitledNode): Node {
    const { title } = node;
    const { type, isNullable } = withoutNull(node['type']);
    const schema = this.replaceChildren({ ...node, ...(type !== undefined && { type }) });
    const known = this.#byTitle.get(title);
    if (known) {
      const isSame = JSON.stringify(known.schema) === JSON.stringify(schema);
      assert(isSame, `one schema with the title ${title}, not two that differ`);
      known.descriptions.add(description);
    } else this.#byTitle.set(title, { schema, descriptions: new Set([description]) });
    const $ref = `#/components/schemas/${title}`;
    const reference: Record<string, unknown> = isNullable
      ? { anyOf: [{ $ref }, { type: 'null' }] }
      : { $ref };
    if (description !== undefined) {
      reference['description'] = description;
      this.#uses.push({ title, reference });
    }
    return reference;
  }
}

/** Generators of clients take values of no type for values of any. */
function typeOf(values: readonly unknown[]): string | readonly string[] {
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
  return types.length === 1 ? (types[0] ?? 'null') : types;
}

function withoutNull(type: unknown): { readonly type: unknown; readonly isNullable: boolean } {
  if (!Array.isArray(type) || !type.includes('null')) return { type, isNullable: false };
  const others: unknown[] = type.filter((one) => one !== 'null');
  return { type: others.length === 1 ? others[0] : others, isNullable: true };
}

interface TitledNode extends Node {
  readonly title: string;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** A property may be called `title` as well: a schema's own is text, beside what the schema is. */
function isTitled(node: Node): node is TitledNode {
  return typeof node['title'] === 'string' && ('type' in node || 'enum' in node || 'anyOf' in node);
}

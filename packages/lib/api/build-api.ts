import type { Attribute, AttributeMap, ExtensionDeclaration, ResourceDeclaration, RouteDeclaration } from './attribute.ts';

/** The API that a set of extensions makes: every resource with all attributes added to it. */
export interface Api {
  readonly extensions: readonly ExtensionDeclaration[];
  readonly resources: readonly ResourceDeclaration[];
  readonly routes: readonly RouteDeclaration[];
  has(collection: string): boolean;
  resource(collection: string): ResourceDeclaration;
}

/** Throws where an extension misses one that it requires, extends an unknown resource, or redeclares an attribute. */
export function buildApi(extensions: readonly ExtensionDeclaration[]): Api {
  const aliases = new Set(extensions.map(({ alias }) => alias));
  const resources = new Map<string, ResourceDeclaration>();
  for (const { alias, requires = [], resources: added = [] } of extensions) {
    const missing = requires.find((required) => !aliases.has(required));
    if (missing !== undefined) throw new Error(`extension ${alias} requires ${missing}`);
    for (const resource of added) resources.set(pathKey(resource), resource);
  }
  for (const { alias, extends: extended = {} } of extensions) {
    for (const [collection, attributes] of Object.entries(extended)) {
      const resource = resources.get(collection);
      if (resource === undefined) throw new Error(`extension ${alias} extends ${collection}, which nothing declares`);
      resources.set(collection, { ...resource, attributes: merge(alias, resource.attributes, attributes) });
    }
  }
  return Object.freeze({
    extensions,
    resources: [...resources.values()],
    routes: extensions.flatMap(({ routes = [] }) => routes),
    has: (collection: string) => resources.has(collection),
    resource(collection: string) {
      const found = resources.get(collection);
      if (found === undefined) throw new Error(`nothing declares ${collection}`);
      return found;
    },
  });
}

function pathKey({ parent, collection }: ResourceDeclaration): string {
  return parent === undefined ? collection : `${parent.collection}/${collection}`;
}

/** An extension may widen what another one declared (net-mtu-writable makes mtu writable), but only by saying it whole. */
function merge(alias: string, attributes: AttributeMap, added: AttributeMap): AttributeMap {
  for (const [name, attribute] of Object.entries(added)) {
    const known: Attribute | undefined = attributes[name];
    if (known !== undefined && known.type !== attribute.type) throw new Error(`extension ${alias} gives ${name} another type`);
  }
  return { ...attributes, ...added };
}

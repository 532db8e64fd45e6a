import type { ExtensionDeclaration } from './attribute.ts';

/**
 * Those of `all` that are served: where `isServed` says so, and what they require is. What an extension adds to resources
 * that none of them declares falls away.
 */
export function servedExtensions(all: readonly ExtensionDeclaration[], isServed: (extension: ExtensionDeclaration) => boolean): readonly ExtensionDeclaration[] {
  let served = all.filter(isServed);
  for (;;) {
    const aliases = new Set(served.map(({ alias }) => alias));
    const complete = served.filter(({ requires = [] }) => requires.every((required) => aliases.has(required)));
    if (complete.length === served.length) break;
    served = complete;
  }
  const collections = new Set(served.flatMap(({ resources = [] }) => resources.map(({ collection }) => collection)));
  const absent = new Set(all.flatMap(({ resources = [] }) => resources.map(({ collection }) => collection)).filter((collection) => !collections.has(collection)));
  return served.map((extension) => without(extension, absent));
}

function without(extension: ExtensionDeclaration, absent: ReadonlySet<string>): ExtensionDeclaration {
  const { extends: extended = {}, routes = [] } = extension;
  if (!routes.some(({ collection }) => absent.has(collection)) && !Object.keys(extended).some((collection) => absent.has(collection))) return extension;
  return {
    ...extension,
    extends: Object.fromEntries(Object.entries(extended).filter(([collection]) => !absent.has(collection))),
    routes: routes.filter(({ collection }) => !absent.has(collection)),
  };
}

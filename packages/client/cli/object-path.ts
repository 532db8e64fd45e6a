import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import type { Session } from '../session.ts';
import type { CommandEnvironment } from './command-environment.ts';
import { idOf, pathOf } from './find-by-name.ts';

/** The path of a collection; of one that hangs on another object (`/ports/{id}/bindings`), below that, which `words` begin with. */
export async function collectionAt(session: Session, { api }: CommandEnvironment, resource: ResourceDeclaration, [parentName = '']: readonly string[]): Promise<string> {
  if (resource.parent === undefined) return pathOf(resource);
  const parent = api.resource(resource.parent.collection);
  return `${pathOf(parent)}/${encodeURIComponent(await idOf(session, parent, parentName))}/${collectionPath(resource.collection)}`;
}

/** The path of one object by its id, its name, or what else it goes by in its parent. */
export async function objectAt(session: Session, environment: CommandEnvironment, resource: ResourceDeclaration, words: readonly string[]): Promise<string> {
  const all = await collectionAt(session, environment, resource, words);
  const nameOrId = words.at(-1) ?? '';
  const named = namedBy(environment, resource);
  return `${all}/${encodeURIComponent(named === undefined ? nameOrId : await idOf(session, named, nameOrId))}`;
}

/** Whose names lead to it: its own; another's whose id it goes by, as how many addresses a network has left; nobody's within a parent. */
function namedBy({ api }: CommandEnvironment, resource: ResourceDeclaration): ResourceDeclaration | undefined {
  const key = Object.entries(resource.attributes).find(([, { primaryKey }]) => primaryKey === true)?.[0] ?? 'id';
  if (key !== 'id') return api.resources.find((each) => each.parent === undefined && `${each.resource}_id` === key);
  return resource.parent === undefined ? resource : undefined;
}

/** The arguments by which `collectionAt` finds it. */
export function parentArguments({ parent }: ResourceDeclaration): readonly string[] {
  return parent === undefined ? [] : [`<${parent.resource}>`];
}

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
  return `${all}/${encodeURIComponent(resource.parent === undefined ? await idOf(session, resource, nameOrId) : nameOrId)}`;
}

/** The arguments by which `collectionAt` finds it. */
export function parentArguments({ parent }: ResourceDeclaration): readonly string[] {
  return parent === undefined ? [] : [`<${parent.resource}>`];
}

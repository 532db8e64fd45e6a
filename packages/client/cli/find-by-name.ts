import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { collectionPath } from '@neutrino/lib/api/collection-path';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { RequestFailed, type Session } from '../session.ts';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The id of the one object of that id or name, for a path or a body. Throws where there is none, or more than one. */
export async function idOf(session: Session, resource: ResourceDeclaration, nameOrId: string): Promise<string> {
  // A wrong id is the server's to refuse; looking it up first would double every command's requests.
  if (UUID.test(nameOrId)) return nameOrId;
  const keys = 'name' in resource.attributes ? ['id', 'name'] : ['id'];
  for (const key of keys) {
    const answer = await session.request('GET', `${pathOf(resource)}?${new URLSearchParams({ fields: 'id', [key]: nameOrId }).toString()}`);
    const found = listIn(answer, resource.collection);
    if (found.length > 1) throw new Error(`${found.length} ${inWords(resource.collection)} are called "${nameOrId}": name one by its id`);
    if (found[0] !== undefined) return String(found[0]['id']);
  }
  throw new RequestFailed(404, '', `there is no ${inWords(resource.resource)} "${nameOrId}"`);
}

export function pathOf(resource: ResourceDeclaration): string {
  return `/v2.0/${collectionPath(resource.collection)}`;
}

export function listIn(answer: JsonObject, collection: string): readonly JsonObject[] {
  const list = answer[collection];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

export function objectIn(answer: JsonObject, name: string): JsonObject {
  const object = answer[name];
  if (!isJsonObject(object)) throw new RequestFailed(0, '', `the answer has no "${name}": is this the network API?`);
  return object;
}

/** "security_group" → "security group". */
export function inWords(name: string): string {
  return name.replaceAll('_', ' ');
}

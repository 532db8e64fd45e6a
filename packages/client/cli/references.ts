import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Api } from '@neutrino/lib/api/build-api';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Session } from '../session.ts';
import { idOf } from './find-by-name.ts';

/** Attributes that hold ids of other objects, which people would rather name, where their own name does not say of which. */
const REFERENCES: Readonly<Record<string, string>> = {
  remote_group_id: 'security_groups',
  remote_address_group_id: 'address_groups',
  security_groups: 'security_groups',
};

/** The body with ids where it has names, also within lists of objects (`fixed_ips`). Throws where a name is unknown or not unique. */
export async function resolveReferences(session: Session, api: Api, body: JsonObject): Promise<JsonObject> {
  const resolved: Record<string, Json> = {};
  for (const [name, value = null] of Object.entries(body)) {
    const referred = referredBy(api, name, body);
    resolved[name] = await resolveValue(value, async (item) => {
      if (isJsonObject(item)) return resolveReferences(session, api, item);
      return referred !== undefined && typeof item === 'string' && item !== '' ? idOf(session, referred, item) : item;
    });
  }
  return resolved;
}

/** `network_id` names a network, and so on for every resource; what is shared says itself what it is. */
function referredBy(api: Api, name: string, body: JsonObject): ResourceDeclaration | undefined {
  const ofWhat = name === 'object_id' ? String(body['object_type'] ?? 'network').replaceAll('-', '_') : name.replace(/_id$/, '');
  const own = Object.hasOwn(REFERENCES, name) ? REFERENCES[name] : undefined;
  const isReference = own !== undefined || name.endsWith('_id');
  return isReference ? api.resources.find(({ collection, resource, parent }) => parent === undefined && (own === undefined ? resource === ofWhat : collection === own)) : undefined;
}

async function resolveValue(value: Json, resolve: (item: Json) => Promise<Json>): Promise<Json> {
  if (!Array.isArray(value)) return isJsonObject(value) ? value : resolve(value);
  const items: Json[] = [];
  for (const item of value as readonly Json[]) items.push(await resolve(item));
  return items;
}

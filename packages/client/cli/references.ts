import type { Api } from '@neutrino/lib/api/build-api';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Session } from '../session.ts';
import { idOf } from './find-by-name.ts';

/** Attributes that hold ids of other objects, which people would rather name. */
const REFERENCES: Readonly<Record<string, string>> = {
  network_id: 'networks',
  subnet_id: 'subnets',
  security_group_id: 'security_groups',
  remote_group_id: 'security_groups',
  security_groups: 'security_groups',
};

/** The body with ids where it has names, also within lists of objects (`fixed_ips`). Throws where a name is unknown or not unique. */
export async function resolveReferences(session: Session, api: Api, body: JsonObject): Promise<JsonObject> {
  const resolved: Record<string, Json> = {};
  for (const [name, value = null] of Object.entries(body)) {
    const collection = Object.hasOwn(REFERENCES, name) ? REFERENCES[name] : undefined;
    resolved[name] = await resolveValue(value, async (item) => {
      if (isJsonObject(item)) return resolveReferences(session, api, item);
      return collection !== undefined && typeof item === 'string' && item !== '' ? idOf(session, api.resource(collection), item) : item;
    });
  }
  return resolved;
}

async function resolveValue(value: Json, resolve: (item: Json) => Promise<Json>): Promise<Json> {
  if (!Array.isArray(value)) return isJsonObject(value) ? value : resolve(value);
  const items: Json[] = [];
  for (const item of value as readonly Json[]) items.push(await resolve(item));
  return items;
}

import type { JsonObject } from '@neutrino/lib/json';
import type { Caller, NetworkServer } from './network-server.ts';

/** Requests, told in as few words as a test needs of their answers. */
export interface ShortCalls {
  status(who: Caller, method: string, path: string, body?: JsonObject): Promise<number>;
  /** "409 RbacPolicyInUse"; "200" where nothing is wrong. */
  outcome(who: Caller, method: string, path: string, body?: JsonObject): Promise<string>;
  /** The one object that the answer holds. */
  object(who: Caller, method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  /** The objects of a list. */
  list(who: Caller, path: string): Promise<readonly JsonObject[]>;
  /** The id of what a POST of `{resource: attributes}` made. */
  create(who: Caller, resource: string, attributes: JsonObject): Promise<string>;
}

/** `server`: the one of the moment, as tests replace it. */
export function shortCalls(server: () => NetworkServer): ShortCalls {
  const object: ShortCalls['object'] = async (who, method, path, body) => Object.values((await server().request(who, method, path, body)).body)[0] as JsonObject;
  return {
    status: async (who, method, path, body) => (await server().request(who, method, path, body)).status,
    async outcome(who, method, path, body) {
      const answer = await server().request(who, method, path, body);
      const error = answer.body['NeutronError'] as JsonObject | undefined;
      return error === undefined ? String(answer.status) : `${answer.status} ${String(error['type'])}`;
    },
    object,
    list: async (who, path) => (await object(who, 'GET', path)) as unknown as readonly JsonObject[],
    async create(who, resource, attributes) {
      const collection = resource.endsWith('y') ? `${resource.slice(0, -1)}ies` : `${resource}s`;
      return String((await server().create(who, `/v2.0/${collection.replaceAll('_', '-')}`, { [resource]: attributes }))['id']);
    },
  };
}

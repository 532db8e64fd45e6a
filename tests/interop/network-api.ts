import type { JsonObject } from '@neutrino/lib/json';
import { apiRequest } from '../conformance/rpc/cloud.ts';

/** The network API of the server under test, as an administrator of one project. */
export interface NetworkApi {
  /** The object that was made. */
  make(collection: string, body: JsonObject): Promise<JsonObject>;
  show(collection: string, id: string): Promise<JsonObject>;
  list(collection: string, query?: string): Promise<readonly JsonObject[]>;
  change(collection: string, id: string, body: JsonObject): Promise<JsonObject>;
  remove(collection: string, id: string): Promise<void>;
  /** Any other request; gives the body of the answer. */
  request(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
}

const PROJECT = 'b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0';

export function networkApi(url: string): NetworkApi {
  const one = (collection: string): string => collection.replace(/s$/, '').replaceAll('-', '_');
  const objectOf = (answer: JsonObject, collection: string): JsonObject => answer[one(collection)] as JsonObject;
  return {
    make: async (collection, body) => objectOf(await apiRequest(url, 'POST', `/v2.0/${collection}`, { [one(collection)]: { project_id: PROJECT, ...body } }), collection),
    show: async (collection, id) => objectOf(await apiRequest(url, 'GET', `/v2.0/${collection}/${id}`), collection),
    list: async (collection, query = '') => (await apiRequest(url, 'GET', `/v2.0/${collection}${query}`))[collection.replaceAll('-', '_')] as readonly JsonObject[],
    change: async (collection, id, body) => objectOf(await apiRequest(url, 'PUT', `/v2.0/${collection}/${id}`, { [one(collection)]: body }), collection),
    remove: async (collection, id) => void (await apiRequest(url, 'DELETE', `/v2.0/${collection}/${id}`)),
    request: (method, path, body) => apiRequest(url, method, `/v2.0${path}`, body),
  };
}

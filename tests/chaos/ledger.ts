import { RequestFailed } from '@neutrino/client/session';
import type { JsonObject } from '@neutrino/lib/json';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from './cloud.ts';

/** What of an object is written to and looked at in the end. */
const contents = {
  ports: ({ name }: JsonObject) => String(name),
  networks: ({ name }: JsonObject) => String(name),
  'security-group-rules': () => '',
  routers: ({ routes }: JsonObject) => (routes as readonly JsonObject[]).map(({ destination }) => String(destination)).toSorted().join(' '),
  floatingips: ({ port_id: port }: JsonObject) => String(port),
} as const;
export type Collection = keyof typeof contents;

/** What is known of an object: what may be in it, that it must be gone, or nothing. */
type Known = { readonly may: readonly string[] } | 'gone' | 'unknown';

/** Makes requests, and keeps what was acknowledged of them. */
export interface Ledger {
  /** Resolves to the object, or to undefined where the request failed. */
  create(collection: Collection, body: JsonObject): Promise<JsonObject | undefined>;
  /** `content`: what the object has when the change is made. */
  change(collection: Collection, id: string, body: JsonObject, content: string): Promise<void>;
  remove(collection: Collection, id: string): Promise<void>;
  attempt(method: string, path: string, body?: JsonObject): Promise<JsonObject | undefined>;
  readonly acknowledged: number;
  /** Requests that failed, or were not answered: they may have happened or not. */
  readonly failed: number;
  /** Compares with what the API says now; what it lost, in words. */
  lost(): Promise<readonly string[]>;
}

export function openLedger({ api }: Pick<Cloud, 'api'>): Ledger {
  const known = new Map<string, Known>();
  let acknowledged = 0;
  let failed = 0;

  const attempt: Ledger['attempt'] = async (method, path, body) => {
    try {
      const answer = await api(method, path, body);
      acknowledged++;
      return answer;
    } catch (error) {
      failed++;
      if (!(error instanceof RequestFailed) || error.status === 0) await sleep(200);
      return undefined;
    }
  };
  const lostOf = async (collection: Collection): Promise<readonly string[]> => {
    const answer = await api('GET', `/v2.0/${collection}`);
    const found = new Map((answer[collection.replaceAll('-', '_')] as readonly JsonObject[]).map((object) => [`${collection}/${String(object['id'])}`, contents[collection](object)]));
    return [...known].filter(([key]) => key.startsWith(`${collection}/`)).flatMap(([key, what]) => {
      const content = found.get(key);
      if (what === 'unknown') return [];
      if (what === 'gone') return content === undefined ? [] : [`${key} was deleted, and is there`];
      if (content === undefined) return [`${key} was made, and is not there`];
      return what.may.includes(content) ? [] : [`${key} has ${content} rather than ${what.may.join(' or ')}`];
    });
  };
  return {
    attempt,
    async create(collection, body) {
      const answer = await attempt('POST', `/v2.0/${collection}`, body);
      const object = answer === undefined ? undefined : (Object.values(answer)[0] as JsonObject);
      if (object !== undefined) known.set(`${collection}/${String(object['id'])}`, { may: [contents[collection](object)] });
      return object;
    },
    async change(collection, id, body, content) {
      const key = `${collection}/${id}`;
      const before = known.get(key) ?? 'unknown';
      if (typeof before === 'object') known.set(key, { may: [...before.may, content] });
      if ((await attempt('PUT', `/v2.0/${collection}/${id}`, body)) !== undefined) known.set(key, { may: [content] });
    },
    async remove(collection, id) {
      known.set(`${collection}/${id}`, 'unknown');
      if ((await attempt('DELETE', `/v2.0/${collection}/${id}`)) !== undefined) known.set(`${collection}/${id}`, 'gone');
    },
    get acknowledged() {
      return acknowledged;
    },
    get failed() {
      return failed;
    },
    lost: async () => (await Promise.all((Object.keys(contents) as Collection[]).map(lostOf))).flat(),
  };
}

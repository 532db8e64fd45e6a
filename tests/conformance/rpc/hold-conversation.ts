import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { RemoteError, UnsupportedVersion, type Endpoint, type RpcMethod } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import type { Cloud } from './cloud.ts';
import { reported, type Act, type Conversation } from './conversation.ts';
import { normalised } from './normalise.ts';

/** What an act led to, in a form that is the same whenever it is done. */
export interface Recorded {
  readonly title: string;
  readonly topic?: string;
  readonly method?: string;
  readonly version?: string;
  readonly args?: Json;
  readonly answer?: Json;
  readonly error?: { readonly type: string; readonly message: string };
  /** What agents heard by then. */
  readonly heard?: readonly JsonObject[];
}

const HEARTBEAT_MS = 20_000;
const PATIENCE_MS = 10_000;

/** Questions after which nothing is announced. */
const changesNothing = /^(get_(active|network|dhcp|ports|router|service|host|external)|sync_routers|security_group|pull|bulk_pull|has_alive)/;

const announced = [
  'port_update', 'port_delete', 'network_update', 'network_delete', 'binding_activate', 'binding_deactivate', 'security_groups_rule_updated', 'security_groups_member_updated', 'tunnel_update', 'push', 'agent_updated',
  'routers_updated', 'router_deleted', 'router_added_to_agent', 'router_removed_from_agent', 'add_arp_entry', 'del_arp_entry', 'fipnamespace_delete_on_ext_net',
  ...['network', 'subnet', 'port'].flatMap((resource) => ['create', 'update', 'delete'].map((operation) => `${resource}_${operation}_end`)),
];

export interface Listening {
  /** Called before each act. */
  readonly report?: (title: string) => void;
  /** Whether what was heard after an act is all that there is to hear; without it, silence says so. */
  readonly isAll?: (title: string, heard: readonly JsonObject[]) => boolean;
}

/** Each act after the other, waiting after each until everything is heard. */
export async function holdConversation(cloud: Cloud, { acts, listened, livingAgents }: Conversation, { report = () => undefined, isAll }: Listening = {}): Promise<readonly Recorded[]> {
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  const idOf = (name: string): string => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`nothing has been made under the name ${name}`);
    return id;
  };
  const name = (as: string, made: Json | undefined): void => {
    const id = isJsonObject(made) ? made['id'] : undefined;
    if (typeof id !== 'string') throw new Error(`${as} has no id: ${JSON.stringify(made)}`);
    ids.set(as, id);
    names.set(id, as);
  };
  let heard: JsonObject[] = [];
  let lastHeard = 0;
  for (const [topic, server] of listened) await cloud.transport.listen({ topic, server, endpoints: recorder(topic, (message) => {
    heard.push(message);
    lastHeard = performance.now();
  }) });

  const recorded: Recorded[] = [];
  let beaten = 0;
  for (const act of acts) {
    report(act.title);
    if (ids.size > 0 && performance.now() - beaten > HEARTBEAT_MS) {
      beaten = performance.now();
      for (const state of livingAgents) await cloud.transport.call({}, { topic: topics.reports, version: '1.0' }, 'report_state', reported(state));
    }
    heard = [];
    lastHeard = performance.now();
    const own = 'change' in act ? await change(cloud, act.change(idOf), (made) => act.as === undefined ? undefined : name(act.as, made)) : await question(cloud, act, idOf, names, (made) => act.as === undefined ? undefined : name(act.as, made));
    const messages = (): readonly JsonObject[] => normalised(heard, names) as readonly JsonObject[];
    const silenceMs = 'topic' in act && changesNothing.test(act.method) ? 0 : cloud.silenceMs;
    const isHeard = (): boolean => isAll?.(act.title, messages()) ?? performance.now() - lastHeard >= silenceMs;
    for (const deadline = performance.now() + PATIENCE_MS; !isHeard() && (isAll === undefined || performance.now() < deadline); ) await new Promise((resolve) => setTimeout(resolve, 20));
    recorded.push({ title: act.title, ...own, ...(heard.length === 0 ? {} : { heard: messages() }) });
  }
  return recorded;
}

async function change(cloud: Cloud, { method, path, body }: { method: string; path: string; body?: JsonObject }, made: (object: Json | undefined) => void): Promise<Partial<Recorded>> {
  const answer = await cloud.api(method, path, body);
  if (method === 'POST') made(Object.values(answer)[0]);
  return {};
}

async function question(cloud: Cloud, act: Extract<Act, { topic: string }>, idOf: (name: string) => string, names: ReadonlyMap<string, string>, made: (object: Json) => void): Promise<Partial<Recorded>> {
  const args = act.args(idOf);
  const asked = { topic: act.topic, method: act.method, version: act.version, args: normalised(args, names) };
  try {
    const answer = await cloud.transport.call({ is_admin: true, roles: ['admin'] }, { topic: act.topic, version: act.version }, act.method, args, { timeoutMs: 30_000 });
    made(answer);
    return { ...asked, answer: normalised(answer, names) };
  } catch (error) {
    if (error instanceof UnsupportedVersion) return { ...asked, error: { type: 'UnsupportedVersion', message: error.message } };
    if (error instanceof RemoteError) return { ...asked, error: { type: error.remoteType, message: normalised(error.message, names) as string } };
    throw error;
  }
}

/** One endpoint a version, the lowest first: the one that takes a message has the version that was asked for. */
function recorder(topic: string, note: (message: JsonObject) => void): readonly Endpoint[] {
  return Array.from({ length: 10 }, (_, minor) => {
    const version = `1.${minor}`;
    const methods = Object.fromEntries(announced.map((method): [string, RpcMethod] => [method, (_context, args) => void note({ topic, method, version, args })]));
    return { version, methods };
  });
}

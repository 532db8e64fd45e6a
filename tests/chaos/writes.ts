import { RequestFailed } from '@neutrino/client/session';
import type { JsonObject } from '@neutrino/lib/json';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { Cloud } from './cloud.ts';
import { plugInstance, portRequest, unplugInstance, type Instance } from './instances.ts';
import { oneOf, randomFrom } from './random.ts';

type Collection = 'ports' | 'networks' | 'security-group-rules';

/** What is known of an object: what the API may say its name is, or that it must be gone. */
type Known = { readonly names: readonly string[] } | 'gone' | 'unknown';

export interface Writes {
  /** Begins nothing more, and waits for what was begun. */
  stop(): Promise<void>;
  readonly acknowledged: number;
  /** Requests that failed, or were not answered: they may have happened or not. */
  readonly failed: number;
  /** Compares with what the API says now; what it lost, in words. */
  lost(): Promise<readonly string[]>;
}

const LOOPS = 3;
const PAUSE_MS = 150;
/** Objects of each kind that are kept at most: beyond, one is deleted. */
const MOST = { ports: 20, rules: 10, networks: 3, instances: 4 };

/** Writes to the API for as long as it is let, and keeps what was acknowledged. Instances come and go with it. */
export function startWrites(cloud: Cloud, seed: number): Writes {
  const random = randomFrom(seed);
  const known = new Map<string, Known>();
  const instances: { readonly host: LabHost; readonly name: string; readonly portId: string }[] = [];
  const mine: Record<'ports' | 'rules' | 'networks', string[]> = { ports: [], rules: [], networks: [] };
  let acknowledged = 0;
  let failed = 0;
  let serial = 0;
  let running = true;
  const run = `${seed}-${Date.now().toString(36)}`;

  const create = async (collection: Collection, body: JsonObject): Promise<JsonObject | undefined> => {
    const answer = await attempt('POST', `/v2.0/${collection}`, body);
    const object = answer === undefined ? undefined : (Object.values(answer)[0] as JsonObject);
    if (object !== undefined) known.set(`${collection}/${String(object['id'])}`, { names: [String(object['name'] ?? '')] });
    return object;
  };
  const rename = async (id: string, name: string): Promise<void> => {
    const before = known.get(`ports/${id}`);
    if (before === undefined || typeof before === 'string') return;
    known.set(`ports/${id}`, { names: [...before.names, name] });
    if ((await attempt('PUT', `/v2.0/ports/${id}`, { port: { name } })) !== undefined) known.set(`ports/${id}`, { names: [name] });
  };
  const remove = async (collection: Collection, id: string): Promise<void> => {
    known.set(`${collection}/${id}`, 'unknown');
    if ((await attempt('DELETE', `/v2.0/${collection}/${id}`)) !== undefined) known.set(`${collection}/${id}`, 'gone');
  };
  const attempt = async (method: string, path: string, body?: JsonObject): Promise<JsonObject | undefined> => {
    try {
      const answer = await cloud.api(method, path, body);
      acknowledged++;
      return answer;
    } catch (error) {
      failed++;
      if (!(error instanceof RequestFailed) || error.status === 0) await sleep(200);
      return undefined;
    }
  };

  const takeOne = (list: string[]): string | undefined => list.splice(Math.floor(random() * list.length), 1)[0];
  const network = (): string => oneOf(random, cloud.networks as [Cloud['networks'][number]]).id;
  const actions: Readonly<Record<string, () => Promise<void>>> = {
    async port() {
      const port = await create('ports', { port: { network_id: network(), name: `write-${run}-${++serial}` } });
      if (port !== undefined) mine.ports.push(String(port['id']));
    },
    async renamePort() {
      const id = mine.ports[Math.floor(random() * mine.ports.length)];
      if (id !== undefined) await rename(id, `renamed-${run}-${++serial}`);
    },
    async deletePort() {
      const id = mine.ports.length > MOST.ports / 2 ? takeOne(mine.ports) : undefined;
      if (id !== undefined) await remove('ports', id);
    },
    async rule() {
      const port = 10_000 + ++serial;
      const rule = await create('security-group-rules', {
        security_group_rule: { security_group_id: cloud.group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: port, port_range_max: port },
      });
      if (rule !== undefined) mine.rules.push(String(rule['id']));
    },
    async deleteRule() {
      const id = mine.rules.length > MOST.rules / 2 ? takeOne(mine.rules) : undefined;
      if (id !== undefined) await remove('security-group-rules', id);
    },
    async network() {
      if (mine.networks.length >= MOST.networks) {
        const id = takeOne(mine.networks);
        if (id !== undefined) await remove('networks', id);
        return;
      }
      const made = await create('networks', { network: { name: `write-${run}-${++serial}` } });
      if (made === undefined) return;
      mine.networks.push(String(made['id']));
      await attempt('POST', '/v2.0/subnets', { subnet: { network_id: String(made['id']), ip_version: 4, cidr: '10.9.0.0/24' } });
    },
    async instance() {
      if (instances.length >= MOST.instances) {
        const gone = instances.splice(Math.floor(random() * instances.length), 1)[0];
        if (gone === undefined) return;
        await unplugInstance(gone);
        await remove('ports', gone.portId);
        return;
      }
      const host = oneOf(random, cloud.lab.computes as [LabHost]);
      const [first] = cloud.networks as [Cloud['networks'][number]];
      const port = await create('ports', portRequest(first.id, host, `i${++serial}-${run}`, [cloud.group]));
      if (port === undefined) return;
      const plugged: Instance = await plugInstance(host, port, first.mtu);
      instances.push(plugged);
    },
  };
  const names = ['port', 'port', 'renamePort', 'renamePort', 'deletePort', 'rule', 'deleteRule', 'network', 'instance', 'instance'] as const;
  const loops = Array.from({ length: LOOPS }, async () => {
    while (running) {
      await actions[oneOf(random, names)]?.();
      await sleep(PAUSE_MS);
    }
  });

  return {
    async stop() {
      running = false;
      await Promise.all(loops);
    },
    get acknowledged() {
      return acknowledged;
    },
    get failed() {
      return failed;
    },
    async lost() {
      const found = new Map<string, string>();
      for (const collection of ['ports', 'networks', 'security-group-rules'] as const) {
        const answer = await cloud.api('GET', `/v2.0/${collection}`);
        for (const object of answer[collection.replaceAll('-', '_')] as readonly JsonObject[]) found.set(`${collection}/${String(object['id'])}`, String(object['name'] ?? ''));
      }
      return [...known].flatMap(([key, what]) => {
        const name = found.get(key);
        if (what === 'unknown') return [];
        if (what === 'gone') return name === undefined ? [] : [`${key} was deleted, and is there`];
        if (name === undefined) return [`${key} was made, and is not there`];
        return key.startsWith('security') || what.names.includes(name) ? [] : [`${key} is named ${name} rather than ${what.names.join(' or ')}`];
      });
    },
  };
}

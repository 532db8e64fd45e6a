import type { JsonObject } from '@neutrino/lib/json';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { Cloud } from './cloud.ts';
import { plugInstance, portRequest, unplugInstance, type InstanceNetwork } from './instances.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { oneOf, randomFrom, takeOne } from './random.ts';
import { routingWrites } from './routing-writes.ts';

export interface Writes extends Pick<Ledger, 'acknowledged' | 'failed' | 'lost'> {
  /** Begins nothing more, and waits for what was begun. */
  stop(): Promise<void>;
  /** Takes away what was made, as far as that can be done: what the next fault meets is no more than the first one met. */
  clear(): Promise<void>;
}

/** What writes have in common. */
export interface Writer {
  readonly cloud: Cloud;
  readonly ledger: Ledger;
  readonly random: () => number;
  /** A name that nothing else has. */
  name(prefix: string): string;
}

/** By name, a request or some; those that are to be more frequent come more often in `names`. */
export interface WriteActions {
  readonly actions: Readonly<Record<string, () => Promise<void>>>;
  readonly names: readonly [string, ...string[]];
  readonly clear: () => Promise<void>;
}

const PAUSE_MS = 150;
/** Objects of each kind that are kept at most: beyond, one is deleted. */
const MOST = { ports: 20, rules: 10, networks: 3, instances: 4 };

/** Writes to the API for as long as it is let, and keeps what was acknowledged. Instances, routers and floating IPs come and go with it. */
export function startWrites(cloud: Cloud, seed: number): Writes {
  const random = randomFrom(seed);
  const ledger = openLedger(cloud);
  let serial = 0;
  let running = true;
  const run = `${seed}-${Date.now().toString(36)}`;
  const writer: Writer = { cloud, ledger, random, name: (prefix) => `${prefix}${++serial}-${run}` };
  const [plain, routing] = [plainWrites(writer), routingWrites(writer)];
  const loops = [plain, plain, plain, routing, routing].map(async ({ actions, names }) => {
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
    async clear() {
      await routing.clear();
      await plain.clear();
    },
    get acknowledged() {
      return ledger.acknowledged;
    },
    get failed() {
      return ledger.failed;
    },
    lost: ledger.lost,
  };
}

function plainWrites({ cloud, ledger, random, name }: Writer): WriteActions {
  const instances: { readonly host: LabHost; readonly name: string; readonly portId: string }[] = [];
  const mine: Record<'ports' | 'rules' | 'networks', string[]> = { ports: [], rules: [], networks: [] };
  let openPort = 10_000;
  const network = (): string => oneOf(random, cloud.networks as [InstanceNetwork]).id;
  return {
    names: ['port', 'port', 'renamePort', 'renamePort', 'deletePort', 'rule', 'deleteRule', 'network', 'instance', 'instance'],
    actions: {
      async port() {
        const port = await ledger.create('ports', { port: { network_id: network(), name: name('write-') } });
        if (port !== undefined) mine.ports.push(String(port['id']));
      },
      async renamePort() {
        const id = mine.ports[Math.floor(random() * mine.ports.length)];
        if (id === undefined) return;
        const next = name('renamed-');
        await ledger.change('ports', id, { port: { name: next } }, next);
      },
      async deletePort() {
        const id = mine.ports.length > MOST.ports / 2 ? takeOne(random, mine.ports) : undefined;
        if (id !== undefined) await ledger.remove('ports', id);
      },
      async rule() {
        const port = ++openPort;
        const rule = await ledger.create('security-group-rules', {
          security_group_rule: { security_group_id: cloud.group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: port, port_range_max: port },
        });
        if (rule !== undefined) mine.rules.push(String(rule['id']));
      },
      async deleteRule() {
        const id = mine.rules.length > MOST.rules / 2 ? takeOne(random, mine.rules) : undefined;
        if (id !== undefined) await ledger.remove('security-group-rules', id);
      },
      async network() {
        if (mine.networks.length >= MOST.networks) {
          const id = takeOne(random, mine.networks);
          if (id !== undefined) await ledger.remove('networks', id);
          return;
        }
        const made = await ledger.create('networks', { network: { name: name('write-') } });
        if (made === undefined) return;
        mine.networks.push(String(made['id']));
        await ledger.attempt('POST', '/v2.0/subnets', { subnet: { network_id: String(made['id']), ip_version: 4, cidr: '10.9.0.0/24' } });
      },
      async instance() {
        if (instances.length >= MOST.instances) {
          const gone = takeOne(random, instances);
          if (gone === undefined) return;
          await unplugInstance(gone);
          await ledger.remove('ports', gone.portId);
          return;
        }
        const host = oneOf(random, cloud.lab.computes as [LabHost]);
        const [first] = cloud.networks as [InstanceNetwork];
        const port: JsonObject | undefined = await ledger.create('ports', portRequest(first.id, host, name('i'), [cloud.group]));
        if (port !== undefined) instances.push(await plugInstance(host, port, first));
      },
    },
    async clear() {
      await Promise.all(instances.map(unplugInstance));
      await Promise.all([...instances.map(({ portId }) => portId), ...mine.ports].map((id) => ledger.remove('ports', id)));
      await Promise.all([...mine.networks.map((id) => ledger.remove('networks', id)), ...mine.rules.map((id) => ledger.remove('security-group-rules', id))]);
    },
  };
}

import { inquire, type PresentDevice } from '@neutrino/agent/l2/inquiry';
import type { ForwardingTable } from '@neutrino/agent/l2/forwarding-table';
import type { HostState } from '@neutrino/agent/l2/plan-host';
import { listenForNotifications } from '@neutrino/agent/l2/notifications';
import { isIdle, keysOfChanges, occasionOf, type Key } from '@neutrino/agent/l2/occasions';
import { tunnelKnowledge } from '@neutrino/agent/l2/tunnel-knowledge';
import { startKeyedQueue } from '@neutrino/agent/reconcile/keyed-queue';
import { actAsAdmin } from '@neutrino/agent/rpc/act-as-admin';
import { followChanges } from '@neutrino/agent/rpc/follow-changes';
import { pluginApi } from '@neutrino/agent/rpc/plugin-api';
import { startStateReports } from '@neutrino/agent/rpc/state-report';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';

/**
 * A Linux bridge agent without a kernel: all that the real one does with its server, by the same code, for devices that are only
 * names. Hundreds fit into a process.
 */
export interface SimulatedL2Agent extends AsyncDisposable {
  readonly host: string;
  /** The devices that are here; to be changed by whoever plugs. */
  readonly plug: (...devices: readonly string[]) => void;
  /** What it knows, from which the real one computes what its kernel should be. */
  readonly state: () => HostState;
  /** What it knows of what is behind its tunnels; undefined where it is not told. */
  readonly tunnels: ForwardingTable | undefined;
  /** Resolves when all devices have been asked about for the first time. */
  readonly inSync: Promise<void>;
  /** What it was occasioned to do. */
  readonly counts: { passes: number; fullPasses: number; told: number; questions: number };
  /** The groups that passes looked at again. */
  readonly groups: Set<string>;
}

export interface SimulatedAgentOptions {
  readonly transport: Transport;
  readonly host: string;
  readonly log: Logger;
  readonly reportIntervalMs?: number;
  readonly devices?: readonly string[];
  /** Its end of tunnels, where it has `l2_population`. */
  readonly localIp?: string;
}

export function simulatedL2Agent({ transport: bus, host, log, reportIntervalMs = 30_000, devices = [], localIp }: SimulatedAgentOptions): SimulatedL2Agent {
  const transport = actAsAdmin(bus);
  const agentType = 'Linux bridge agent';
  const here = new Map<string, PresentDevice>();
  const firstPass = Promise.withResolvers<void>();
  const counts = { passes: 0, fullPasses: 0, told: 0, questions: 0 };
  const groups = new Set<string>();
  let lastIndex = 0;
  const api = pluginApi({ transport, agentId: `lb-${host}`, host, devicesPerRequest: 100 });
  const inquiry = inquire(api, { isFirewallEnabled: true, log });
  const isHere = (device: string): boolean => inquiry.indexOf(device) !== undefined;
  const tunnels = localIp === undefined ? undefined : tunnelKnowledge({ api, localIp, ports: () => inquiry.ports.state().ports.values() });
  let isBusy = false;

  const pass = async (keys: ReadonlySet<Key>): Promise<void> => {
    if (tunnels !== undefined && [...keys].every((key) => key === 'tunnels' || key === 'tunnels due')) {
      await tunnels.ask('due');
      return;
    }
    const occasion = occasionOf(keys, inquiry.ports);
    if (isIdle(keys, occasion, isHere)) return;
    inquiry.forgetOthers(here);
    const again = await inquiry.ask(occasion, here);
    const unreported = await inquiry.reports.send();
    counts.passes += 1;
    queue.retry([...again, ...unreported].map((device): Key => `port ${device}`));
    await tunnels?.ask(keys.has('all') || keys.has('tunnels missed') ? 'everything' : keys.has('tunnels due') ? 'due' : 'new');
    if (!keys.has('all')) return;
    counts.fullPasses += 1;
    firstPass.resolve();
  };
  const queue = startKeyedQueue<Key>({
    settleMs: 1,
    retryMs: 200,
    longestRetryMs: 2_000,
    async work(keys) {
      isBusy = true;
      await pass(keys).finally(() => {
        isBusy = false;
      });
    },
    onError: (error, keys) => log.debug({ err: error, keys: [...keys] }, 'a pass failed and is repeated'),
  });
  const hear = (keys: readonly Key[]): void => {
    const heard = new Set(keys);
    if (isBusy || !isIdle(heard, occasionOf(heard, inquiry.ports), isHere)) queue.add(heard);
  };
  const follower = followChanges({
    environment: { transport, host, log, reportIntervalMs },
    agentType,
    changed(changes) {
      counts.told += changes.length;
      tunnels?.changed(changes);
      for (const { kind, subject } of changes) if (kind === 'rules' || kind === 'members') groups.add(subject);
      hear(keysOfChanges(changes));
    },
    lost: () => queue.add(['all']),
    caughtUp() {
      counts.questions += 1;
      if (tunnels?.isDue() === true) queue.add(['tunnels due']);
    },
    listenToNeutron: () =>
      listenForNotifications(transport, host, {
        portChanged: (device) => hear([`port ${device}`]),
        networkChanged: (id) => hear([`network ${id}`]),
        networkGone: () => undefined,
        groupRulesChanged: (ids) => hear([...ids].map((id): Key => `rules ${id}`)),
        groupMembersChanged: (ids) => hear([...ids].map((id): Key => `members ${id}`)),
        missed: () => follower.catchUp(),
      }),
    reportNow: () => void reports.reportNow(),
  });
  const reports = startStateReports(
    { transport, host, log, reportIntervalMs },
    () => ({
      binary: 'neutron-linuxbridge-agent',
      host,
      topic: 'N/A',
      agent_type: agentType,
      configurations: { bridge_mappings: {}, interface_mappings: {}, extensions: [], devices: here.size, tunneling_ip: localIp ?? '192.0.2.1', tunnel_types: ['vxlan'], l2_population: localIp !== undefined, ...follower.configurations() },
      resource_versions: {},
    }),
    () => follower.catchUp(), () => follower.startOver(),
  );
  const told = tunnels && transport.listen({ topic: notifierTopic('l2population', 'update'), server: host, onGap: () => queue.add(['tunnels missed']), endpoints: [tunnels.endpoint(() => undefined)] });
  const plug = (...names: readonly string[]): void => {
    for (const name of names) here.set(name, { name, index: (lastIndex += 1) });
    queue.add(['kernel']);
  };
  for (const name of devices) here.set(name, { name, index: (lastIndex += 1) });
  return {
    host, plug, counts, groups,
    tunnels: tunnels?.table,
    state: () => inquiry.ports.state(),
    inSync: firstPass.promise,
    async [Symbol.asyncDispose]() {
      await Promise.all([follower[Symbol.asyncDispose](), reports[Symbol.asyncDispose](), told?.then((listener) => listener[Symbol.asyncDispose]())]);
      await queue[Symbol.asyncDispose]();
    },
  };
}

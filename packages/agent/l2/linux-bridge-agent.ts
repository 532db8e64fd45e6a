import type { AgentState } from '@neutrino/lib/rpc/payloads';
import { releaseAfterBurst } from '@neutrino/runtime/memory/after-a-burst';
import { findIptables, rulesOfOtherBackend, type IptablesPrograms } from '../linux/iptables.ts';
import { watchLinks, type LinkEvent, type LinkWatch } from '../linux/link-monitor.ts';
import { deviceOfAddress, readLinks, type Link } from '../linux/link.ts';
import { startKeyedQueue } from '../reconcile/keyed-queue.ts';
import type { AgentEnvironment, AgentHandle } from '../rpc/agent-handle.ts';
import { followChanges } from '../rpc/follow-changes.ts';
import { pluginApi } from '../rpc/plugin-api.ts';
import { startStateReports } from '../rpc/state-report.ts';
import { isTapName } from './device-names.ts';
import { filterMemory } from './filter-memory.ts';
import { chainPrefix } from './filter-names.ts';
import { listenForNotifications } from './notifications.ts';
import { isIdle, keysOfChanges, named, occasionOf, type Key } from './occasions.ts';
import type { LinuxBridgeSettings } from './settings.ts';
import { synchroniser, type Synchroniser } from './synchroniser.ts';
import { tunnelPopulation } from './tunnel-population.ts';

/** Long enough for devices that are plugged together to be one pass. */
const settleMs = 1;
/** A device changes several times while it is being set up; only what it is afterwards counts. */
const driftSettleMs = 300;
const agentType = 'Linux bridge agent';
const retryMs = 2_000;
const longestRetryMs = 8_000;

/**
 * Starts the Linux bridge agent in the network namespace that the process is in. Rejects where the
 * settings name interfaces, bridges or addresses that this host has not.
 */
export async function startLinuxBridgeAgent(environment: AgentEnvironment, settings: LinuxBridgeSettings): Promise<AgentHandle> {
  const { transport, host, log } = environment;
  const links = readLinks();
  checkSettings(settings, links);
  const iptables = await findIptables();
  const stale = warnOfOtherBackend(iptables, log);
  const api = pluginApi({ transport, agentId: agentId(settings, links), host, devicesPerRequest: settings.devicesPerRequest });
  const sync = synchroniser(api, {
    settings, iptables, log, filters: filterMemory(iptables),
    onUnusableRule: (port, problem) => log.warn({ device: port.details.device, problem }, 'a security group rule is left out'),
  });
  const { enabled, localIp, l2Population, arpResponder } = settings.vxlan;
  const population = enabled && l2Population && localIp !== null
    ? tunnelPopulation({ api, localIp, answersArp: arpResponder, ports: () => sync.ports.state().ports.values(), log })
    : undefined;
  const firstPass = Promise.withResolvers<void>();
  const isHere = (device: string): boolean => sync.indexOf(device) !== undefined;
  const sweep = bridgeSweep(sync, settings, (delayMs) => queue.addLater(['sweep'], delayMs), () => queue.add(['kernel']));

  let isBusy = false;

  const queue = startKeyedQueue<Key>({
    // What the server tells comes together already.
    settleMs: (first) => (first === 'kernel' ? settleMs : 0),
    retryMs,
    longestRetryMs,
    async work(keys) {
      if (population !== undefined && [...keys].every((key) => key === 'tunnels' || key === 'tunnels due')) {
        if (keys.has('tunnels')) await population.apply();
        if (keys.has('tunnels due')) await population.catchUp('due');
        return;
      }
      const occasion = occasionOf(keys, sync.ports);
      if (isIdle(keys, occasion, isHere)) return;
      for (const bridge of named(keys, 'gone')) sweep.atOnce(bridge);
      isBusy = true;
      const { unfinished, astray } = await sync.synchronise(occasion).finally(() => {
        isBusy = false;
      });
      if (astray) queue.add(['kernel']);
      queue.retry(unfinished.map((device): Key => `port ${device}`));
      await population?.apply();
      if (keys.has('all') || keys.has('tunnels missed')) await population?.refresh((device) => !unfinished.includes(device));
      else {
        await population?.catchUp(keys.has('tunnels due') ? 'due' : 'new').catch((error: unknown) => {
          log.warn({ err: error }, 'the server does not say what is behind tunnels; it is asked again');
          queue.retry(['tunnels due']);
        });
      }
      if (keys.has('all')) firstPass.resolve();
      await sweep();
      releaseAfterBurst();
    },
    onError: (error, keys) => log.error({ err: error, occasions: [...keys] }, 'a pass failed and is repeated'),
  });

  /** Neutron's topics tell of the whole cloud: what concerns nothing here is no occasion, unless what is here is just being asked. */
  const hear = (keys: readonly Key[]): void => {
    const heard = new Set(keys);
    if (isBusy || !isIdle(heard, occasionOf(heard, sync.ports), isHere)) queue.add(heard);
  };
  const follower = followChanges({
    environment,
    agentType,
    changed(changes) {
      population?.changed(changes);
      hear(keysOfChanges(changes));
    },
    lost: () => queue.add(['all']),
    caughtUp() {
      if (population?.isDue() === true) queue.add(['tunnels due']);
    },
    listenToNeutron: () =>
      listenForNotifications(transport, host, {
        portChanged: (device) => hear([`port ${device}`]),
        networkChanged: (id) => hear([`network ${id}`]),
        networkGone: (bridge) => hear([`gone ${bridge}`]),
        groupRulesChanged: (groups) => hear([...groups].map((id): Key => `rules ${id}`)),
        groupMembersChanged: (groups) => hear([...groups].map((id): Key => `members ${id}`)),
        missed: () => follower.catchUp(),
      }),
    reportNow: () => void reports.reportNow(),
  });
  const ofTunnels = await population?.listen(transport, host, () => queue.add(['tunnels']), () => queue.add(['tunnels missed']));
  const drift = driftWatch(sync, () => queue.add(['kernel']));
  const monitor = watchLinks({ ...drift, onMissed: () => queue.add(['kernel']) });
  const poll = setInterval(() => pollDevices(sync, () => queue.add(['kernel'])), settings.pollingIntervalMs);
  const fullPass = setInterval(() => queue.add(['kernel']), settings.fullPassIntervalMs);
  const reports = startStateReports(environment, () => agentState(host, settings, sync, follower.configurations()), () => follower.catchUp(), () => follower.startOver());

  return {
    inSync: firstPass.promise,
    async [Symbol.asyncDispose]() {
      clearInterval(poll);
      clearInterval(fullPass);
      drift.stop();
      await Promise.all([monitor, reports, follower, ...(ofTunnels === undefined ? [] : [ofTunnels])].map((part) => part[Symbol.asyncDispose]()));
      await stale;
      await queue[Symbol.asyncDispose]();
    },
  };
}

async function warnOfOtherBackend(iptables: IptablesPrograms, log: AgentEnvironment['log']): Promise<void> {
  try {
    const rules = await rulesOfOtherBackend(iptables, chainPrefix);
    if (rules.length > 0) {
      log.error({ backend: iptables.backend, rules: rules.length }, 'rules of an earlier run are left in the other iptables backend and apply too; remove them');
    }
  } catch (error) {
    log.warn({ err: error }, 'whether rules are left in the other iptables backend is not known');
  }
}

function checkSettings(settings: LinuxBridgeSettings, links: ReadonlyMap<string, Link>): void {
  for (const [network, name] of settings.physicalInterfaceMappings) {
    if (!links.has(name)) throw new Error(`physical_interface_mappings: the interface ${name} of ${network} does not exist`);
  }
  for (const [network, name] of settings.bridgeMappings) {
    if (links.get(name)?.kind !== 'bridge') throw new Error(`bridge_mappings: the bridge ${name} of ${network} does not exist`);
  }
  const { enabled, localIp } = settings.vxlan;
  if (!enabled || localIp === null) return;
  if (deviceOfAddress(localIp) === undefined) throw new Error(`local_ip: no interface of this host has the address ${localIp}`);
}

/** As Neutron makes it: `lb` and the MAC address of the first mapped bridge, else of the first device that has one. */
function agentId(settings: LinuxBridgeSettings, links: ReadonlyMap<string, Link>): string {
  const [mapped] = settings.bridgeMappings.values();
  const first = [...links.values()].find(({ address }) => address !== undefined && address !== '00:00:00:00:00:00');
  const link = (mapped === undefined ? undefined : links.get(mapped)) ?? first;
  return `lb${(link?.address ?? '00:00:00:00:00:00').replaceAll(':', '')}`;
}

function agentState(host: string, settings: LinuxBridgeSettings, sync: Synchroniser, more: AgentState['configurations']): AgentState {
  const { vxlan } = settings;
  const tunnels = vxlan.enabled && vxlan.localIp !== null;
  return {
    binary: 'neutron-linuxbridge-agent',
    host,
    topic: 'N/A',
    agent_type: agentType,
    configurations: {
      bridge_mappings: Object.fromEntries(settings.bridgeMappings),
      interface_mappings: Object.fromEntries(settings.physicalInterfaceMappings),
      extensions: [],
      log_agent_heartbeats: settings.logAgentHeartbeats,
      devices: [...sync.devices()].length,
      ...more,
      ...(tunnels ? { tunneling_ip: vxlan.localIp, tunnel_types: ['vxlan'], l2_population: vxlan.l2Population } : {}),
    },
    resource_versions: {},
  };
}

/**
 * Removes bridges that have been empty for as long as the settings say, one after each pass: taking one
 * down keeps the kernel busy for tens of milliseconds, and devices that are being plugged come first.
 */
function bridgeSweep(sync: Synchroniser, settings: LinuxBridgeSettings, again: (delayMs: number) => void, onMoved: () => void): (() => Promise<void>) & { atOnce: (bridge: string) => void } {
  const emptySince = new Map<string, number>();
  const doomed = new Set<string>();
  const sweep = async (): Promise<void> => {
    const empty = new Map((await sync.emptyBridges()).map((bridge) => [bridge.name, bridge]));
    for (const name of emptySince.keys()) if (!empty.has(name)) emptySince.delete(name);
    for (const name of doomed) if (!empty.has(name)) doomed.delete(name);
    const now = Date.now();
    let next: number | undefined;
    let removed = false;
    for (const [name, bridge] of empty) {
      if (!emptySince.has(name)) emptySince.set(name, now);
      const due = doomed.has(name) ? now : (emptySince.get(name) ?? now) + settings.emptyBridgeLingerMs;
      if (due <= now && !removed) {
        await sync.removeBridge(bridge);
        // What the host had on it has moved, and a tunnel may have ended with it.
        if (bridge.interface !== undefined) onMoved();
        emptySince.delete(name);
        doomed.delete(name);
        removed = true;
      } else {
        next = Math.min(next ?? due, due);
      }
    }
    if (next !== undefined) again(Math.max(next - now, 0));
  };
  return Object.assign(sweep, { atOnce: (bridge: string) => void doomed.add(bridge) });
}

/** Calls `onDrift` when a device comes, goes, or is changed by somebody else and stays so, and when a bridge's port gets an address: that is to be the bridge's. */
function driftWatch(sync: Synchroniser, onDrift: () => void): Omit<LinkWatch, 'onMissed'> & { readonly stop: () => void } {
  const latest = new Map<string, LinkEvent>();
  const addressed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const compare = (): void => {
    timer = undefined;
    const wiring = sync.lastPlan()?.wiring;
    for (const event of latest.values()) {
      const tap = wiring?.taps.get(event.name);
      const uplink = wiring?.uplinks.get(event.name);
      if (tap !== undefined && (event.master !== tap.bridge || event.up !== tap.up)) onDrift();
      else if (uplink !== undefined && (event.gone || event.master !== uplink.bridge || !event.up)) onDrift();
      else if (wiring?.bridges.has(event.name) === true && (event.gone || !event.up)) onDrift();
    }
    if ([...addressed].some((device) => wiring?.uplinks.get(device)?.kind === 'physical')) onDrift();
    latest.clear();
    addressed.clear();
  };
  return {
    onEvent(event) {
      if (isTapName(event.name) && (event.gone ? sync.indexOf(event.name) === event.index : sync.indexOf(event.name) !== event.index)) onDrift();
      latest.set(event.name, event);
      timer ??= setTimeout(compare, driftSettleMs);
    },
    onAddress(device) {
      addressed.add(device);
      timer ??= setTimeout(compare, driftSettleMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** The kernel's notifications can be lost; looking cannot. */
function pollDevices(sync: Synchroniser, onChange: () => void): void {
  try {
    const taps = [...readLinks().values()].filter(({ name }) => isTapName(name));
    const known = new Set(sync.devices());
    if (taps.length !== known.size || taps.some(({ name, index }) => sync.indexOf(name) !== index)) onChange();
  } catch {
    onChange();
  }
}

import type { SecurityGroupInfo } from '@neutrino/lib/rpc/payloads';
import { readLinks, type Link } from '../linux/link.ts';
import type { PluginApi } from '../rpc/plugin-api.ts';
import { isTapName } from './device-names.ts';
import { emptyBridges, removalSteps, type EmptyBridge } from './delta-links.ts';
import { execute } from './execute.ts';
import { hostPorts, type HostPorts } from './host-ports.ts';
import { nothingOfHost, readHostConfiguration } from './move-host.ts';
import { isFiltered } from './port.ts';
import { readFilters, reconcileHost, type Pass, type ReconcileContext } from './reconcile-host.ts';
import { deviceReports } from './device-reports.ts';

/** What one pass is about. Every pass compares the whole kernel with the plan; this says what to ask the server first. */
export interface Occasion {
  /** Ask about every device. */
  readonly everything: boolean;
  /** Ask about these devices, as far as they are here. */
  readonly devices: ReadonlySet<string>;
  /** Ask for the security groups of these devices. */
  readonly security: ReadonlySet<string>;
}

export interface Outcome extends Pass {
  /** Devices to be asked about again, because the server failed on them or the kernel refused them. */
  readonly unfinished: readonly string[];
}

/** The agent's memory and its one way to act. Its methods must not run at the same time. */
export interface Synchroniser {
  readonly ports: HostPorts;
  readonly synchronise: (occasion: Occasion) => Promise<Outcome>;
  /** Bridges of ours that nothing needs, read from the kernel now. */
  readonly emptyBridges: () => Promise<readonly EmptyBridge[]>;
  readonly removeBridge: (bridge: EmptyBridge) => Promise<void>;
  /** The device's index when it was last asked about; undefined for one that was not. */
  readonly indexOf: (device: string) => number | undefined;
  readonly devices: () => Iterable<string>;
  readonly lastPlan: () => Pass['plan'] | undefined;
}

const nothing: SecurityGroupInfo = { devices: {}, security_groups: {}, sg_member_ips: {} };

export function synchroniser(api: PluginApi, context: ReconcileContext): Synchroniser {
  const { log, settings } = context;
  const ports = hostPorts();
  const reports = deviceReports(api, log);
  /** Devices that were asked about → their index: a device that comes back is another device. */
  const asked = new Map<string, number>();
  /** Devices that are here and of which the server has never told. */
  const untold = new Set<string>();
  const unknown = new Set<string>();
  let refusals: ReadonlySet<string> = new Set();
  let lastPlan: Pass['plan'] | undefined;

  const ask = async (occasion: Occasion, taps: ReadonlyMap<string, Link>): Promise<readonly string[]> => {
    const wanted = [...taps.values()]
      .filter(({ name, index }) => occasion.everything || occasion.devices.has(name) || asked.get(name) !== index)
      .map(({ name }) => name);
    const others = [...occasion.security].filter((device) => ports.port(device) !== undefined && !wanted.includes(device));
    const forSecurity = settings.firewall.enabled ? [...wanted, ...others] : [];
    const [details, security] = await Promise.all([
      wanted.length === 0 ? { devices: [], failed_devices: [] } : api.devicesDetails(wanted),
      forSecurity.length === 0 ? nothing : api.securityGroupInfo(forSecurity),
    ]);
    const learned = ports.learn(wanted, details, security);
    for (const device of wanted) {
      const link = taps.get(device);
      if (link !== undefined) asked.set(device, link.index);
      untold.delete(device);
    }
    for (const device of learned.known) unknown.delete(device);
    for (const device of learned.unknown) logUnknown(device);
    for (const device of learned.failed) if (ports.port(device) === undefined) untold.add(device);
    reports.wired(learned.known.filter((device) => ports.port(device)?.details.admin_state_up === true));
    return [...learned.failed, ...learned.known.filter(isClosed)];
  };

  /** A port that is to be filtered, of which the server did not say how: nothing passes, and it is asked again. */
  const isClosed = (device: string): boolean => {
    const port = ports.port(device);
    if (port === undefined || !settings.firewall.enabled || !isFiltered(port) || port.security !== undefined) return false;
    reports.notYet(device);
    return true;
  };

  const logUnknown = (device: string): void => {
    if (unknown.has(device)) return;
    unknown.add(device);
    log.warn({ device }, 'the server knows no port for this device; it is left alone');
  };

  /** What goes on being refused is said once, not at each retry. */
  const logRefused = (failures: Pass['failures']): void => {
    const earlier = refusals;
    refusals = new Set(failures.map((failure) => JSON.stringify(failure)));
    for (const failure of failures) {
      const { step, reason } = failure;
      if (!earlier.has(JSON.stringify(failure))) log.warn({ step, reason }, 'the kernel refuses a step; it is tried again and again');
    }
  };

  const forgetGone = (taps: ReadonlyMap<string, Link>): void => {
    for (const device of asked.keys()) {
      if (taps.has(device)) continue;
      asked.delete(device);
      untold.delete(device);
      unknown.delete(device);
      if (ports.forget(device)) reports.gone(device);
    }
  };

  return {
    ports,
    indexOf: (device) => asked.get(device),
    devices: () => asked.keys(),
    lastPlan: () => lastPlan,

    async synchronise(occasion) {
      const taps = new Map([...readLinks()].filter(([name]) => isTapName(name)));
      forgetGone(taps);
      const [filters, failed] = await Promise.all([readFilters(context), ask(occasion, taps)]);
      const pass = await reconcileHost(ports.state(), untold, filters, context);
      lastPlan = pass.plan;
      const refused = new Set(pass.failures.flatMap(({ step }) => devicesHurt(step.device, pass)));
      logRefused(pass.failures);
      for (const [device, reason] of pass.plan.wiring.unwirable) {
        if (reports.isPending(device)) log.error({ device, reason }, 'the device cannot be wired');
        refused.delete(device);
        reports.unwirable(device);
      }
      for (const device of refused) reports.notYet(device);
      const unreported = await reports.send();
      const steps = countByKind(pass);
      if (Object.keys(steps).length > 0) log.info({ steps, ports: taps.size }, 'the kernel has been brought in line');
      return { ...pass, unfinished: [...new Set([...failed, ...refused, ...unreported])] };
    },

    async emptyBridges() {
      const wiring = lastPlan?.wiring;
      return wiring === undefined ? [] : emptyBridges(wiring, readLinks(), settings);
    },

    async removeBridge(bridge) {
      const configuration = bridge.interface === undefined ? nothingOfHost : await readHostConfiguration(bridge.name);
      const [moves, rest] = removalSteps(bridge, configuration);
      const back = await execute(moves, context);
      // A bridge that still has what it was to give back is kept.
      const { failures } = back.failures.length > 0 ? back : await execute(rest, context);
      if (failures.length > 0) log.warn({ bridge: bridge.name, failures }, 'the empty bridge could not be removed');
      else log.info({ bridge: bridge.name }, 'the empty bridge has been removed');
    },
  };
}

/** The devices that are not wired because a step on `device` failed: itself, or all on the bridge that it serves. */
function devicesHurt(device: string, { plan }: Pass): readonly string[] {
  if (plan.wiring.taps.has(device)) return [device];
  const bridge = plan.wiring.bridges.get(device)?.name ?? plan.wiring.uplinks.get(device)?.bridge;
  return [...plan.wiring.taps.values()].filter((tap) => tap.bridge === bridge).map(({ name }) => name);
}

/** The steps that had an effect. */
function countByKind({ steps, failures }: Pass): Readonly<Record<string, number>> {
  const refused = new Set(failures.map(({ step }) => step.device));
  const counts: Record<string, number> = {};
  for (const step of steps) {
    if ('device' in step && refused.has(step.device)) continue;
    counts[step.kind] = (counts[step.kind] ?? 0) + 1;
  }
  return counts;
}

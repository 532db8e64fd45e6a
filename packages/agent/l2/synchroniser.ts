import { setImmediate } from 'node:timers/promises';
import { readLinks, type Link } from '../linux/link.ts';
import type { PluginApi } from '../rpc/plugin-api.ts';
import { isTapName } from './device-names.ts';
import { emptyBridges, removalSteps, unneededBridges, type EmptyBridge } from './delta-links.ts';
import { execute } from './execute.ts';
import type { HostPorts } from './host-ports.ts';
import { inquire, type Occasion } from './inquiry.ts';
import { nothingOfHost, readHostConfiguration } from './move-host.ts';
import { readFilters, reconcileHost, type Pass, type ReconcileContext } from './reconcile-host.ts';
import { untilForwarding } from './until-forwarding.ts';

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

export function synchroniser(api: PluginApi, context: ReconcileContext): Synchroniser {
  const { log, settings } = context;
  const inquiry = inquire(api, { isFirewallEnabled: settings.firewall.enabled, log });
  const { ports, reports, untold } = inquiry;
  let refusals: ReadonlySet<string> = new Set();
  let lastPass: Pass | undefined;

  /** What goes on being refused is said once, not at each retry. */
  const logRefused = (failures: Pass['failures']): void => {
    const earlier = refusals;
    refusals = new Set(failures.map((failure) => JSON.stringify(failure)));
    for (const failure of failures) {
      const { step, reason } = failure;
      if (!earlier.has(JSON.stringify(failure))) log.warn({ step, reason }, 'the kernel refuses a step; it is tried again and again');
    }
  };

  /** The instance has moved to another host, where its port now is: what still runs here speaks on the network no longer. */
  const release = async (left: readonly Link[]): Promise<void> => {
    const plugged = left.filter(({ master }) => master !== undefined);
    if (plugged.length > 0) await execute(plugged.map(({ name }) => ({ kind: 'release', device: name })), context);
  };

  return {
    ports,
    indexOf: inquiry.indexOf,
    devices: inquiry.devices,
    lastPlan: () => lastPass?.plan,

    async synchronise(occasion) {
      const taps = new Map([...readLinks()].filter(([name]) => isTapName(name)));
      inquiry.forgetOthers(taps);
      const here = [...taps.values()].filter(({ name }) => ports.port(name) !== undefined);
      // The question is on its way before anything is read: it takes longest.
      const asked = inquiry.ask(occasion, taps);
      asked.catch(() => undefined);
      await setImmediate();
      const [filters, failed] = await Promise.all([readFilters(context), asked]);
      const pass = await reconcileHost(ports.state(), untold, filters, context);
      lastPass = pass;
      await release(here.filter(({ name }) => ports.port(name) === undefined));
      const refused = new Set(pass.failures.flatMap(({ step }) => devicesHurt(step.device, pass)));
      logRefused(pass.failures);
      for (const [device, reason] of pass.plan.wiring.unwirable) {
        if (reports.isPending(device)) log.error({ device, reason }, 'the device cannot be wired');
        refused.delete(device);
        reports.unwirable(device);
      }
      for (const device of refused) reports.notYet(device);
      const deaf = await untilForwarding(pass.steps);
      if (deaf.length > 0) log.warn({ devices: deaf }, 'the bridge takes these devices for down: nothing passes them');
      const unreported = await reports.send();
      const steps = countByKind(pass);
      if (Object.keys(steps).length > 0) log.info({ steps, ports: taps.size }, 'the kernel has been brought in line');
      return { ...pass, unfinished: [...new Set([...failed, ...refused, ...unreported])] };
    },

    async emptyBridges() {
      if (lastPass === undefined) return [];
      const { plan: { wiring }, links } = lastPass;
      // What a pass made is needed. Where nothing was in excess as it began there is nothing now, and most passes end without another look.
      return unneededBridges(wiring, links, settings).length === 0 ? [] : emptyBridges(wiring, readLinks(), settings);
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

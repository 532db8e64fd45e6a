import { bridgeNetfilterOff } from '../linux/bridge-netfilter.ts';
import { readIpsets, type SavedIpset } from '../linux/ipset.ts';
import { readLinks, type Link } from '../linux/link.ts';
import { currentZones, deltaChains, retainChains } from './delta-chains.ts';
import { deltaGuard, guardAfter } from './delta-guard.ts';
import { deltaFormerGuard } from './former-guard.ts';
import { deltaIpsets } from './delta-ipsets.ts';
import { isTapName } from './device-names.ts';
import { deltaLinks, type LinkContext, type LinkState } from './delta-links.ts';
import { execute, type Executed, type Execution, type StepFailure } from './execute.ts';
import type { FilterMemory, FilterState } from './filter-memory.ts';
import { chains } from './filter-names.ts';
import type { FilterChains } from './plan-filter.ts';
import { readHostConfiguration, type HostConfiguration } from './move-host.ts';
import { planHost, type HostPlan, type HostState } from './plan-host.ts';
import type { Port } from './port.ts';
import { notedFlows, noteOfFlow, revokedFlows } from './revoked-flows.ts';
import type { Step } from './steps.ts';

/** All of the kernel's state that the plan speaks of. */
export interface KernelState extends FilterState {
  readonly links: ReadonlyMap<string, Link>;
  readonly ipv6Off: (device: string) => boolean;
  readonly ipsets: ReadonlyMap<string, SavedIpset>;
  readonly bridgeNetfilterOff: readonly string[];
}

export interface ReconcileContext extends LinkContext, Execution {
  readonly filters: FilterMemory;
  readonly onUnusableRule: (port: Port, problem: string) => void;
}

/** What one pass did. */
export interface Pass {
  readonly plan: HostPlan;
  /** As they were before the steps. */
  readonly links: ReadonlyMap<string, Link>;
  readonly steps: readonly Step[];
  readonly failures: readonly StepFailure[];
  /** The filter may not be what it is to be: somebody else changed it while it was being edited. */
  readonly astray: boolean;
}

/** The part of the kernel's state that takes a while to read. It may be read while the server is asked. */
export type KernelFilters = FilterState & Pick<KernelState, 'ipsets'>;

export async function readFilters({ filters }: ReconcileContext): Promise<KernelFilters> {
  const [state, ipsets] = await Promise.all([filters.read(), readIpsets()]);
  return { ...state, ipsets };
}

/** Reads the rest of the kernel, and takes the steps that make it what the server says. Devices of `retain` keep what they have. */
export async function reconcileHost(state: HostState, retain: ReadonlySet<string>, kept: KernelFilters, context: ReconcileContext): Promise<Pass> {
  const { settings, filters } = context;
  const links = readLinks();
  const kernel = {
    ...kept, links,
    // Where a device is not there, or the kernel has no IPv6, nobody speaks it.
    ipv6Off: (device: string): boolean => links.get(device)?.ipv6Off ?? true,
    bridgeNetfilterOff: settings.firewall.enabled ? bridgeNetfilterOff() : [],
  };
  const plan = planHost(state, {
    settings, zones: currentZones(kernel.tables.IPv4), onUnusableRule: context.onUnusableRule,
    silenced: strangers(kernel.links, state, retain),
    carriesHost: (device) => (kernel.links.get(device)?.addresses ?? []).length > 0,
  });
  const steps = deltaHost(plan, { ...kernel, hostOn: await readHost(plan, kernel) }, retain, context);
  let executed: Executed = { failures: [], exact: false };
  let undisturbed = false;
  try {
    executed = await execute(steps, context);
  } finally {
    const after = guardAfter(plan.guard, kernel.guard, retain);
    // What is left of another agent's is read anew.
    if (executed.exact && deltaFormerGuard(kernel.formerGuard, new Set()) === undefined) undisturbed = filters.taken(steps, after, retain.size === 0 ? plan.filter : undefined);
    else filters.forget();
  }
  return { plan, links, steps, failures: executed.failures, astray: !undisturbed && steps.some(isEdit) };
}

function isEdit(step: Step): boolean {
  return step.kind === 'restore-chains' && step.changes.some(({ edit }) => edit.size > 0);
}

/** On bridges that are not ours they are somebody else's business. */
function strangers(links: ReadonlyMap<string, Link>, { ports }: HostState, retain: ReadonlySet<string>): ReadonlySet<string> {
  const isStranger = ({ name, master }: Link): boolean =>
    isTapName(name) && !ports.has(name) && !retain.has(name) && (master === undefined || master.startsWith('brq'));
  return new Set([...links.values()].filter(isStranger).map(({ name }) => name));
}

/** Only where there is, or may be, something to move: an interface that is a bridge's port has nothing on it. */
async function readHost({ wiring }: HostPlan, { links }: KernelState): Promise<ReadonlyMap<string, HostConfiguration>> {
  const speaking = [...wiring.uplinks.values()].filter(({ kind, name, bridge }) => {
    const link = links.get(name);
    return kind === 'physical' && link !== undefined && (link.master !== bridge || (link.addresses ?? []).length > 0);
  });
  return new Map(await Promise.all(speaking.map(async ({ name }) => [name, await readHostConfiguration(name)] as const)));
}

/**
 * The steps from what is to what should be. Their order keeps two promises at every point at which a crash
 * may stop them: no device is plugged in before its filter is complete, and no flow outlives its permission.
 */
function deltaHost(plan: HostPlan, kernel: KernelState & LinkState, retain: ReadonlySet<string>, context: ReconcileContext): readonly Step[] {
  // In one transaction: no frame of a device passes unguarded, or is held to what is out of date.
  const guard = [deltaGuard(plan.guard, kernel.guard, retain), deltaFormerGuard(kernel.formerGuard, retain)].filter((ruleset) => ruleset !== undefined).join('');
  const sets = deltaIpsets(plan.ipsets, kernel.ipsets);
  const families = (['IPv4', 'IPv6'] as const).map((family) => {
    const desired = retainChains(plan.filter[family], kernel.tables[family], retain);
    const noted = notedFlows(family, kernel.tables[family]);
    const flows = [...noted, ...revokedFlows(family, desired, kernel.tables[family], sets.removed)];
    return { family, flows, changes: deltaChains(withNotes(desired, flows.map(noteOfFlow)), kernel.tables[family], context.iptables.backend === 'nf_tables') };
  });
  const flows = families.flatMap((each) => each.flows);
  // Chains that are kept may still refer to any set.
  const unused = retain.size > 0 ? [] : sets.unused;
  const destroy = (names: readonly string[]): Step[] => names.map((name) => ({ kind: 'destroy-ipset', name }));
  return [
    ...kernel.bridgeNetfilterOff.map((name): Step => ({ kind: 'bridge-netfilter-on', name })),
    ...(guard === '' ? [] : [{ kind: 'load-guard', ruleset: guard } as const]),
    // A successor that was never swapped in is in the way of the next.
    ...destroy(unused.filter((name) => name.endsWith('-n'))),
    ...ipsetStep(sets.grow),
    ...families.flatMap(({ family, changes }): Step[] => (changes.length === 0 ? [] : [{ kind: 'restore-chains', family, changes }])),
    ...ipsetStep(sets.shrink),
    ...deltaLinks(plan.wiring, kernel, context),
    ...(flows.length === 0 ? [] : [{ kind: 'forget-flows', flows } as const]),
    ...families.filter((each) => each.flows.length > 0 && plan.filter[each.family].filter.size > 0).map(({ family }): Step => ({
      kind: 'restore-chains',
      family,
      changes: [{ table: 'filter', rewrite: new Map([[chains.forget, []]]), edit: new Map(), remove: [], insert: [], drop: [] }],
    })),
    ...destroy(unused.filter((name) => !name.endsWith('-n'))),
  ];
}

function withNotes(desired: FilterChains, notes: readonly string[]): FilterChains {
  // Without a firewall there are no chains to note anything in.
  if (notes.length === 0 || desired.filter.size === 0) return desired;
  return { ...desired, filter: new Map(desired.filter).set(chains.forget, notes) };
}

function ipsetStep(lines: readonly string[]): readonly Step[] {
  return lines.length === 0 ? [] : [{ kind: 'restore-ipsets', lines }];
}

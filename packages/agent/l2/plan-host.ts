import type { SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { noFilter, planFilter, type HostFilter } from './plan-filter.ts';
import type { GroupMembers } from './plan-filter-rule.ts';
import { planGuard, type GuardSets } from './plan-guard.ts';
import { planIpsets, type DesiredIpset } from './plan-ipsets.ts';
import { planWiring, type Wiring } from './plan-wiring.ts';
import { planZones } from './plan-zones.ts';
import type { Port } from './port.ts';
import type { LinuxBridgeSettings } from './settings.ts';

/** What the server says about this host's ports, in one value. */
export interface HostState {
  /** By device name. */
  readonly ports: ReadonlyMap<string, Port>;
  readonly groups: ReadonlyMap<string, readonly SecurityGroupRuleInfo[]>;
  readonly members: GroupMembers;
}

/** What the kernel should be. */
export interface HostPlan {
  readonly wiring: Wiring;
  readonly guard: GuardSets;
  readonly filter: HostFilter;
  readonly ipsets: ReadonlyMap<string, DesiredIpset>;
}

export interface PlanContext {
  readonly settings: LinuxBridgeSettings;
  /** Zones that bridges have now. */
  readonly zones: ReadonlyMap<string, number>;
  /** The device has addresses of the host. */
  readonly carriesHost?: (device: string) => boolean;
  /** Devices that are here, named like ports', and none's. */
  readonly silenced?: ReadonlySet<string>;
  readonly onUnusableRule: (port: Port, problem: string) => void;
}

/** The kernel's desired state, a pure function of what the server says, of the zones in use and of where the host has its addresses. */
export function planHost(state: HostState, context: PlanContext): HostPlan {
  const { settings } = context;
  const wiring = planWiring(state.ports.values(), settings, context.carriesHost);
  const wired = [...state.ports.values()].filter(({ details }) => wiring.taps.has(details.device));
  const guard = planGuard(wired, wiring, context.silenced);
  if (!settings.firewall.enabled) return { wiring, guard, filter: noFilter, ipsets: new Map() };
  const filter = planFilter({
    ports: wired,
    groups: state.groups,
    members: state.members,
    zones: planZones(wiring.bridges.keys(), context.zones),
    hostBridges: new Set([...wiring.bridges.values()].filter(({ secluded }) => !secluded).map(({ name }) => name)),
    bridgeOf: ({ details }) => wiring.taps.get(details.device)?.bridge ?? '',
    ipset: settings.firewall.ipset,
    onUnusableRule: context.onUnusableRule,
  });
  const ipsets = settings.firewall.ipset ? planIpsets(wired, state.groups, state.members) : new Map<string, DesiredIpset>();
  return { wiring, guard, filter, ipsets };
}

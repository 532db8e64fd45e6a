import type { Ml2Settings } from '../settings.ts';

/** The MTU of a physical network in bytes: the smaller of `global_physnet_mtu` and its own; 0 where neither limits it. */
export function physicalMtu(settings: Ml2Settings, physicalNetwork: string | null): number {
  const own = physicalNetwork === null ? undefined : settings.physicalNetworkMtus[physicalNetwork];
  const limits = [settings.globalPhysnetMtu, own ?? 0].filter((mtu) => mtu > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}

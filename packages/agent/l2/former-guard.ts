import type { NftTable } from '../linux/nftables.ts';

/**
 * What Neutron's agent holds devices to: chains of ebtables, for each device one against forged MAC addresses and one against forged ARP. They outlive it and would
 * hold a device for ever to what it had then. ebtables of today has its tables in nftables, where they can go in the moment in which our guard comes.
 */
export const formerGuardTable = 'nat';
const PREROUTING = 'PREROUTING';
const perDevice = /^neutron(?:ARP|MAC)-(.+)$/;

/** The ruleset that takes them away, but for those of devices of `retain`; undefined where there are none. */
export function deltaFormerGuard(actual: NftTable | undefined, retain: ReadonlySet<string>): string | undefined {
  const isFormer = (chain: string): boolean => {
    const device = perDevice.exec(chain)?.[1];
    return device !== undefined && !retain.has(device);
  };
  const chains = [...(actual?.ruleComments.keys() ?? [])].filter(isFormer);
  if (actual === undefined || chains.length === 0) return undefined;
  const jumps = actual.jumps.filter(({ chain, target }) => chain === PREROUTING && isFormer(target));
  return [
    ...jumps.map(({ handle }) => `delete rule bridge ${formerGuardTable} ${PREROUTING} handle ${handle}`),
    ...chains.map((chain) => `flush chain bridge ${formerGuardTable} ${chain}`),
    ...chains.map((chain) => `delete chain bridge ${formerGuardTable} ${chain}`),
    '',
  ].join('\n');
}

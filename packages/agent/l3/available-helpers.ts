import type { RouterConntrackHelper } from '@neutrino/lib/rpc/router-payloads';
import { hasConntrackHelper } from '../linux/conntrack-helper.ts';
import type { IptablesPrograms } from '../linux/iptables.ts';
import { canHelp } from './plan-helpers.ts';

/** Which connection tracking helpers this host's kernel has. It refuses a whole table for one that it does not. */
export interface AvailableHelpers {
  of(helpers: readonly RouterConntrackHelper[]): Promise<{ readonly available: readonly RouterConntrackHelper[]; readonly warnings: readonly string[] }>;
}

/** What is there is asked for once. What is not may come: it is asked for again each time. */
export function availableHelpers(iptables: IptablesPrograms): AvailableHelpers {
  const known = new Set<string>();
  const isThere = async ({ helper, protocol }: RouterConntrackHelper): Promise<boolean> => {
    const name = `${helper} ${protocol}`;
    if (!known.has(name) && (await hasConntrackHelper(iptables, helper, protocol))) known.add(name);
    return known.has(name);
  };
  return {
    async of(helpers) {
      const available: RouterConntrackHelper[] = [];
      const warnings = new Set<string>();
      for (const helper of helpers.filter(canHelp)) {
        if (await isThere(helper)) available.push(helper);
        else warnings.add(`the kernel of this host has no connection tracking helper "${helper.helper}" for ${helper.protocol}: the router goes without it`);
      }
      return { available, warnings: [...warnings] };
    },
  };
}

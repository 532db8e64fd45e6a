import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';

/**
 * A driver to copy. It binds ports of a made-up switch, "sample", on hosts where an agent of type "Sample agent"
 * is alive. To use a copy: give it a name of its own, add one line to registry.ts, and name it in `mechanism_drivers`.
 */
export function createSampleDriver(): MechanismDriver {
  return {
    name: 'sample',
    // The switch passes frames with VLAN tags of the instances' own: only then may it stand beside networks that want that.
    passesVlanTags: true,
    // Called outside any transaction, perhaps several times for one port: no I/O, no memory, only a decision.
    bindPort(context) {
      // Decline what you do not serve: the next driver of `mechanism_drivers` is asked.
      if (context.vnicType !== 'normal') return undefined;
      const agent = context.agents('Sample agent').find(({ alive }) => alive);
      const segment = context.segmentsToBind.find(({ network_type }) => network_type === 'vlan' || network_type === 'flat');
      if (agent === undefined || segment === undefined) return undefined;
      return {
        segment,
        // What Nova plugs the instance's interface into; see its os-vif documentation for the types it knows.
        vifType: 'bridge',
        vifDetails: { connectivity: 'l2', port_filter: false },
        // DOWN: the agent reports when the port is wired. ACTIVE: there is nothing to wait for.
        status: 'DOWN',
      };
    },
  };
}

import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { canonicalIp } from '@neutrino/lib/net/ip';
import type { Endpoint, Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { AgentService } from '../../agents/agent-service.ts';
import { agentTypes } from '../../agents/agent-views.ts';
import { optionalTextArgument } from '../arguments.ts';

/** The UDP port of VXLAN (RFC 7348), which agents may override with their own option. */
const vxlanPort = 4789;

/** Which addresses tunnels lead to: each agent's own, as it reports them in `configurations.tunneling_ip`. */
export function tunnelEndpoint({ agents, transport }: { readonly agents: AgentService; readonly transport: Transport }): Endpoint {
  return {
    version: '1.9',
    methods: {
      async tunnel_sync(context, args) {
        const given = optionalTextArgument(args, 'tunnel_ip');
        if (given === undefined) throw new NeutronError(InvalidInput, { error_message: 'Tunnel IP value needed by the ML2 plugin' });
        const address = canonicalIp(given);
        if (address === undefined) throw new NeutronError(InvalidInput, { error_message: 'argument tunnel_ip must be an IP address' });
        const type = optionalTextArgument(args, 'tunnel_type');
        if (type === undefined) throw new NeutronError(InvalidInput, { error_message: 'Network type value needed by the ML2 plugin' });
        const host = optionalTextArgument(args, 'host');
        const others = (await agents.directory.agents(agentTypes.linuxbridge))
          .filter(({ configurations }) => Array.isArray(configurations['tunnel_types']) && configurations['tunnel_types'].includes(type))
          .map((agent) => ({ ip_address: agent.configurations['tunneling_ip'], host: agent.host }))
          .filter((tunnel) => typeof tunnel.ip_address === 'string' && tunnel.host !== host && tunnel.ip_address !== address);
        const target = { topic: notifierTopic('tunnel', 'update'), fanout: true, version: '1.0' };
        await transport.cast(context, target, 'tunnel_update', { tunnel_ip: address, tunnel_type: type });
        const own = { ip_address: address, host: host ?? null };
        return { tunnels: [own, ...others].map((tunnel) => ({ ...tunnel, ...(type === 'vxlan' ? { udp_port: vxlanPort } : {}) })) };
      },
    },
  };
}

import { RevisionNumberConstraintFailed } from '@neutrino/lib/exceptions/generic';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { isNeutronError, NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import type { DhcpAgentScheduler } from '../../scheduler/dhcp-agent-scheduler.ts';
import { dhcpDeviceId, dhcpDeviceOwner, reservedDhcpPort } from '../../scheduler/dhcp-device-id.ts';
import { agentContext, objectArgument, optionalTextArgument, textArgument, textsArgument } from '../arguments.ts';
import { dhcpPortAttributes, tolerateVanishedSubnet } from '../dhcp-port-attributes.ts';
import { agentFilters, onlyFields } from '../filters.ts';
import { dhcpNetworks } from '../queries/dhcp-networks.ts';

export interface DhcpServices {
  readonly core: CorePlugin;
  readonly scheduler: DhcpAgentScheduler;
  readonly provisioning: ProvisioningBlocks;
  readonly log: Logger;
}

/** What a DHCP agent asks and reports. */
export function dhcpEndpoint(services: DhcpServices): Endpoint {
  const { core, scheduler, provisioning } = services;
  return {
    version: '1.10',
    methods: {
      async get_active_networks_info(context, args) {
        const host = textArgument(args, 'host');
        await scheduler.autoSchedule(host, { tell: false });
        const networks = await dhcpNetworks(core, agentContext(context), await scheduler.networkIdsOfHost(host), { onlyDhcpSubnets: args['enable_dhcp_filter'] !== false });
        return networks.filter((network) => network['admin_state_up'] === true);
      },

      async get_network_info(context, args) {
        const onlyDhcpSubnets = args['enable_dhcp'] !== false && args['enable_dhcp'] !== null;
        const [network] = await dhcpNetworks(core, agentContext(context), [textArgument(args, 'network_id')], { onlyDhcpSubnets });
        return network ?? null;
      },

      async get_networks(context, args) {
        const networks = await core.networks.list(agentContext(context), { ...listAll, filters: agentFilters(args['filters']) });
        const fields = textsArgument(args, 'fields');
        return networks.map((network) => onlyFields(network, fields));
      },

      async create_dhcp_port(context, args) {
        return createDhcpPort(services, agentContext(context), args);
      },

      async update_dhcp_port(context, args) {
        return updateDhcpPort(services, agentContext(context), args);
      },

      async get_dhcp_port(context, args) {
        return core.ports.get(agentContext(context), textArgument(args, 'port_id'));
      },

      async release_dhcp_port(context, args) {
        const filters = { network_id: [textArgument(args, 'network_id')], device_id: [textArgument(args, 'device_id')], device_owner: [dhcpDeviceOwner] };
        for (const port of await core.ports.list(agentContext(context), { ...listAll, filters })) {
          await unlessGone(async () => core.ports.delete?.(agentContext(context), String(port['id'])));
        }
      },

      async dhcp_ready_on_ports(_context, args) {
        // The agent keeps what it could not report and reports it again.
        await provisioning.complete(textsArgument(args, 'port_ids'), 'DHCP');
      },
    },
  };
}

/** The port of the agent's DHCP server. Asked twice, it is made once. Null where network or subnet have gone meanwhile. */
async function createDhcpPort({ core, log }: DhcpServices, context: RequestContext, args: JsonObject): Promise<JsonObject | null> {
  const host = textArgument(args, 'host');
  const attributes = dhcpPortAttributes(objectArgument(args, 'port'));
  const networkId = textArgument(attributes, 'network_id');
  const deviceId = optionalTextArgument(attributes, 'device_id') ?? dhcpDeviceId(networkId, host);
  const filters = { network_id: [networkId], device_id: [deviceId], device_owner: [dhcpDeviceOwner] };
  const [existing] = deviceId === reservedDhcpPort ? [] : await core.ports.list(context, { ...listAll, filters });
  if (existing !== undefined) return existing;
  const network = await unlessGone(() => core.networks.get(context, networkId), NetworkNotFound);
  if (network === undefined) return null;
  const body = { name: '', admin_state_up: true, project_id: network['project_id'], ...attributes, device_id: deviceId, device_owner: dhcpDeviceOwner, 'binding:host_id': host };
  return tolerateVanishedSubnet({ core, context, body, log }, async () => {
    const [created] = (await core.ports.create?.(context, [body])) ?? [];
    return created ?? null;
  });
}

/** Of the agents that want one reserved port at the same moment, the others find it taken when they look again. */
async function updateDhcpPort(services: DhcpServices, context: RequestContext, args: JsonObject): Promise<JsonObject | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryUpdateDhcpPort(services, context, args);
    } catch (error) {
      if (attempt === mostClaims || !isNeutronError(error, RevisionNumberConstraintFailed)) throw error;
    }
  }
}
const mostClaims = 10;

/** Throws NetworkNotFound where the agent no longer serves the network: it then stops its server. RevisionNumberConstraintFailed where a reserved port changed meanwhile. */
async function tryUpdateDhcpPort({ core, scheduler, log }: DhcpServices, context: RequestContext, args: JsonObject): Promise<JsonObject | null> {
  const host = textArgument(args, 'host');
  const portId = textArgument(args, 'port_id');
  const attributes = dhcpPortAttributes(objectArgument(args, 'port'));
  const port = await unlessGone(() => core.ports.get(context, portId));
  if (port === undefined) return null;
  const networkId = String(port['network_id']);
  const mine = [reservedDhcpPort, dhcpDeviceId(networkId, host)];
  if (!mine.includes(String(port['device_id']))) return null;
  if (!(await scheduler.networkIdsOfHost(host)).includes(networkId)) {
    log.warn({ host, network_id: networkId }, 'a DHCP agent updates a port of a network that it does not serve');
    throw new NeutronError(NetworkNotFound, { net_id: networkId });
  }
  const { network_id: _network, project_id: _project, ...changes } = attributes;
  const body = { ...changes, 'binding:host_id': host };
  const check = { core, context, body: { ...body, network_id: networkId }, log };
  const unchanged = port['device_id'] === reservedDhcpPort ? { revisionNumber: Number(port['revision_number']) } : {};
  return (await unlessGone(() => tolerateVanishedSubnet(check, async () => (await core.ports.update?.(context, portId, body, unchanged)) ?? null))) ?? null;
}

/** Undefined where what is worked on was deleted meanwhile. */
async function unlessGone<T>(work: () => Promise<T>, gone = PortNotFound): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isNeutronError(error, gone)) return undefined;
    throw error;
  }
}

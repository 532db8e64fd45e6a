import type { JsonObject } from '@neutrino/lib/json';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { allocateAddresses } from '../../../ipam/allocate-addresses.ts';
import { loadIpamSubnets, type IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import { wishesOfNewPort } from '../../../ipam/requested-addresses.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { checkExtensions, processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { usableNetwork } from '../networks/use-network.ts';
import { publishCreated } from '../publish.ts';
import { booleanOf, optionalText, textOf } from '../request-values.ts';
import { newStandardAttributes } from '../standard-attributes.ts';
import { storeAddressPairs } from './allowed-address-pairs.ts';
import { awaitDhcp } from './await-dhcp.ts';
import { awaitWiring, boundRow, proposeBinding, readBindingSite, type BindingProposal, type BindingSite } from './bind-port.ts';
import { deviceMac, takesDeviceMac } from './direct-physical-mac.ts';
import { storeDhcpOptions } from './extra-dhcp-opts.ts';
import { fixedIpRequests } from './fixed-ip-requests.ts';
import { checkedMac, drawMac } from './mac-address.ts';
import { bindingInputs, unboundRow } from './port-binding.ts';
import { checkPortSecurity, storeGroupsOfNewPort } from './port-security.ts';
import { composedPortsById } from './read-port.ts';
import { storeReady, type ReadyPort } from './ready-port.ts';

/** A port to be created, with what had to be asked before the transaction. */
interface NewPort {
  readonly body: JsonObject;
  /** Undefined: not to be bound. */
  readonly proposal: BindingProposal | undefined;
  readonly hasDhcpAgent: boolean;
}

/** Creates all or none, in order. A port that names a host is bound, or its binding has failed, when this returns. */
export async function createPorts(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly ReadyPort[]> {
  for (const body of bodies) checkExtensions(ml2, 'ports', body);
  const ports = await prepare(ml2, bodies);
  const created = await transact(ml2.db, async (tx) => {
    const subnets = await loadIpamSubnets(tx, [...new Set(bodies.map((body) => textOf(body, 'network_id', '')))]);
    const ids: string[] = [];
    for (const port of ports) ids.push(await insertPort(ml2, tx, context, port, subnets));
    const ready = await composedPortsById(ml2, tx, ids);
    for (const port of ready) await storeReady(tx, port);
    await options?.beforeCommit?.(tx);
    return ready;
  });
  await publishCreated(ml2, context, 'port', created.map(({ object }) => object));
  return created;
}

/** Asks agents and mechanism drivers, once for ports that have network and host in common. */
async function prepare(ml2: Ml2, bodies: readonly JsonObject[]): Promise<readonly NewPort[]> {
  const sites = new Map<string, BindingSite | undefined>();
  const dhcp = new Map<string, boolean>();
  const ports: NewPort[] = [];
  for (const body of bodies) {
    const networkId = textOf(body, 'network_id', '');
    const inputs = bindingInputs(body);
    const key = `${networkId} ${inputs.host}`;
    if (inputs.host !== '' && !sites.has(key)) sites.set(key, await readBindingSite(ml2, networkId, inputs.host));
    const site = sites.get(key);
    if (!dhcp.has(networkId)) dhcp.set(networkId, await ml2.agents.hasDhcpAgent(networkId));
    ports.push({
      body,
      proposal: site === undefined ? undefined : proposeBinding(ml2, site, body, inputs),
      hasDhcpAgent: dhcp.get(networkId) ?? false,
    });
  }
  return ports;
}

async function insertPort(
  ml2: Ml2,
  tx: Tx,
  context: RequestContext,
  { body, proposal, hasDhcpAgent }: NewPort,
  subnetsByNetwork: ReadonlyMap<string, readonly IpamSubnet[]>,
): Promise<string> {
  const id = crypto.randomUUID();
  const network = await usableNetwork(tx, context, textOf(body, 'network_id', ''), 'port');
  const subnets = subnetsByNetwork.get(network.id) ?? [];
  const askedMac = optionalText(body, 'mac_address');
  const macAddress =
    proposal !== undefined && takesDeviceMac(proposal.inputs)
      ? await deviceMac(ml2, tx, { networkId: network.id }, proposal.inputs)
      : askedMac === undefined
        ? drawMac(ml2)
        : await checkedMac(tx, network.id, askedMac);
  const deviceOwner = textOf(body, 'device_owner', '');
  const projectId = textOf(body, 'project_id', context.projectId ?? '');
  const binding = proposal === undefined ? { row: unboundRow(id, bindingInputs(body)), status: 'DOWN' } : boundRow(id, proposal);
  await tx
    .insertInto('ports')
    .values({
      id,
      project_id: projectId,
      network_id: network.id,
      name: textOf(body, 'name', ''),
      mac_address: macAddress,
      admin_state_up: booleanOf(body, 'admin_state_up', true) ? 1 : 0,
      status: binding.status,
      device_id: textOf(body, 'device_id', ''),
      device_owner: deviceOwner,
      port_security_enabled: 1,
      ...newStandardAttributes(body),
      ...columnsOfBody(ml2, 'ports', body),
    })
    .execute();
  await tx.insertInto('port_bindings').values(binding.row).execute();
  await processCreate(ml2, tx, 'ports', body, id);

  const owner = { id, networkId: network.id, macAddress, deviceOwner };
  const wishes = wishesOfNewPort(owner, subnets, await fixedIpRequests(tx, body, subnets));
  const addresses = await allocateAddresses(tx, owner, wishes);
  await storeAddressPairs(ml2, tx, owner, body);
  await storeDhcpOptions(tx, id, body);
  await storeGroupsOfNewPort(ml2, tx, context, { id, projectId, deviceOwner }, body);
  await checkPortSecurity(tx, id, body);

  if (proposal !== undefined) await awaitWiring(ml2, tx, id, proposal);
  await awaitDhcp(ml2, tx, { id, deviceOwner, addresses, hasDhcpAgent }, subnets);
  return id;
}

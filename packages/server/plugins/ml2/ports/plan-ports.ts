import type { JsonObject } from '@neutrino/lib/json';
import { canonicalMac } from '@neutrino/lib/net/mac';
import type { Selectable } from 'kysely';
import type { CreationQuota } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import type { ExtraDhcpOptsTable, AllowedAddressPairsTable } from '../../../db/schema.ts';
import { allocationRows, type AllocationRow } from '../../../ipam/allocate-addresses.ts';
import { chooseAddresses, type ChosenAddress, type WishingPort } from '../../../ipam/choose-addresses.ts';
import type { HeldAddresses } from '../../../ipam/held-addresses.ts';
import { wishesOfNewPort } from '../../../ipam/requested-addresses.ts';
import type { ProvisioningEntity } from '../../../provisioning/provisioning-blocks.ts';
import { attributesOfRow, columnsOfBody } from '../attribute-columns.ts';
import { checkExtensions, completedPort, reachesBeyondRow } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { booleanOf, optionalText, textOf } from '../request-values.ts';
import { newStandardAttributes } from '../standard-attributes.ts';
import { addressPairRows } from './allowed-address-pairs.ts';
import { waitsForDhcp } from './await-dhcp.ts';
import { boundRow, waitsForWiring, type BindingProposal } from './bind-port.ts';
import { proposeBindings, readForCreation, type CreationSite } from './creation-sites.ts';
import { givenDeviceMac, takesDeviceMac } from './direct-physical-mac.ts';
import { dhcpOptionRows } from './extra-dhcp-opts.ts';
import { fixedIpRequests } from './fixed-ip-requests.ts';
import { checkMacs, drawMac } from './mac-address.ts';
import { bindingInputs, unboundRow, type BindingRow } from './port-binding.ts';
import { groupsOfNewPort, requirePortSecurity } from './port-security.ts';
import { composePort, type PortRow } from './port-view.ts';
import { ReadyPort } from './ready-port.ts';

/** A port to be created: the rows that it will be, and what the API will show of it. */
export interface PlannedPort {
  readonly body: JsonObject;
  readonly row: PortRow;
  readonly binding: BindingRow;
  readonly allocations: readonly AllocationRow[];
  readonly pairs: readonly Selectable<AllowedAddressPairsTable>[];
  readonly options: readonly Selectable<ExtraDhcpOptsTable>[];
  readonly groups: readonly string[];
  readonly blocks: readonly ProvisioningEntity[];
  readonly ready: ReadyPort;
  /** Extension drivers have more to write, or to show, than is in the row: `ready` does not hold. */
  readonly isIncomplete: boolean;
}

export interface CreationPlan {
  readonly ports: readonly PlannedPort[];
  /** Network id → the revision that the plan rests on. */
  readonly revisions: ReadonlyMap<string, number>;
  /** The quota has something to say before the commit. */
  readonly isLimited: boolean;
}

interface Draft extends WishingPort {
  readonly body: JsonObject;
  readonly site: CreationSite;
  readonly proposal: BindingProposal | undefined;
  readonly owner: { readonly id: string; readonly networkId: string; readonly macAddress: string; readonly deviceOwner: string };
  readonly projectId: string;
}

/**
 * Everything about new ports that can be known without a transaction: a fixed number of queries, whatever their number, and no
 * lock. Throws what is wrong with the request.
 */
export async function planPorts(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options: PlanOptions): Promise<CreationPlan> {
  const { sites, defaultGroups, isLimited } = await readForCreation(ml2, context, bodies, options.quota);
  const drafts = await draftPorts(ml2, context, bodies, sites);
  const addresses = await chooseAddresses(ml2.db, drafts, options.held);
  const groups = await groupsOfDrafts(ml2, context, drafts, new Map(defaultGroups));
  return {
    ports: drafts.map((draft, index) => plannedPort(ml2, draft, addresses[index] ?? [], groups[index] ?? [])),
    revisions: new Map([...sites].map(([id, { network }]) => [id, network.revision_number])),
    isLimited,
  };
}

interface PlanOptions {
  readonly held: HeldAddresses;
  readonly quota: CreationQuota | undefined;
}

async function draftPorts(ml2: Ml2, context: RequestContext, requests: readonly JsonObject[], sites: ReadonlyMap<string, CreationSite>): Promise<readonly Draft[]> {
  const proposals = await proposeBindings(ml2, requests);
  const drafts: Draft[] = [];
  const drawn = new Set<string>();
  const asked: { readonly networkId: string; readonly mac: string }[] = [];
  for (const [index, request] of requests.entries()) {
    const site = sites.get(textOf(request, 'network_id', ''));
    if (site === undefined) throw new Error('a port without a network');
    const networkId = site.network.id;
    const proposal = proposals[index];
    const body = completedPort(ml2, request, attributesOfRow(ml2, 'networks', site.network));
    checkExtensions(ml2, 'ports', body);
    const mac = askedMac(body, proposal);
    if (mac !== undefined) asked.push({ networkId, mac });
    const owner = { id: crypto.randomUUID(), networkId, macAddress: mac ?? drawMac(ml2, drawn), deviceOwner: textOf(body, 'device_owner', '') };
    const wishes = wishesOfNewPort(owner, site.subnets, await fixedIpRequests(ml2.db, body, site.subnets));
    drafts.push({ body, site, proposal, owner, wishes, projectId: textOf(body, 'project_id', context.projectId ?? '') });
  }
  await checkMacs(ml2.db, asked);
  return drafts;
}

/** Undefined: one of ours. */
function askedMac(body: JsonObject, proposal: BindingProposal | undefined): string | undefined {
  if (proposal !== undefined && takesDeviceMac(proposal.inputs)) return givenDeviceMac(proposal.inputs);
  const mac = optionalText(body, 'mac_address');
  return mac === undefined ? undefined : (canonicalMac(mac) ?? mac);
}

/** The security groups of each; a check for each set of groups that is asked for, a look-up for each project. */
async function groupsOfDrafts(ml2: Ml2, { isAdmin }: RequestContext, drafts: readonly Draft[], defaults: Map<string, string>): Promise<readonly (readonly string[])[]> {
  const checked = new Set<string>();
  const groups: (readonly string[])[] = [];
  for (const { body, owner, projectId } of drafts) {
    const wanted = groupsOfNewPort({ deviceOwner: owner.deviceOwner, isSecured: isSecured(ml2, body) }, body);
    if (wanted === undefined) {
      const group = defaults.get(projectId) ?? (await ml2.portSecurityGroups.ensureDefault(ml2.db, projectId));
      defaults.set(projectId, group);
      groups.push([group]);
      continue;
    }
    const key = [projectId, ...wanted].join(' ');
    if (wanted.length > 0 && !checked.has(key)) await ml2.portSecurityGroups.checkUsable(ml2.db, wanted, { projectId, isAdmin });
    checked.add(key);
    groups.push(wanted);
  }
  return groups;
}

function isSecured(ml2: Ml2, body: JsonObject): boolean {
  return columnsOfBody(ml2, 'ports', body)['port_security_enabled'] !== 0;
}

/** What the columns say that no request sets and no driver fills. */
const columnDefaults = {
  port_security_enabled: 1,
  device_profile: null,
  numa_affinity_policy: null,
  data_plane_status: null,
  propagate_uplink_status: 1,
  dns_name: '',
  dns_domain: '',
} as const;

function plannedPort(ml2: Ml2, draft: Draft, chosen: readonly ChosenAddress[], groups: readonly string[]): PlannedPort {
  const { body, site, proposal, owner, projectId } = draft;
  const { id } = owner;
  const binding = proposal === undefined ? { row: unboundRow(id, bindingInputs(body)), status: 'DOWN' } : boundRow(id, proposal);
  const row: PortRow = {
    id,
    project_id: projectId,
    network_id: site.network.id,
    name: textOf(body, 'name', ''),
    mac_address: owner.macAddress,
    admin_state_up: booleanOf(body, 'admin_state_up', true) ? 1 : 0,
    status: owner.deviceOwner === 'network:floatingip' ? 'N/A' : binding.status,
    device_id: textOf(body, 'device_id', ''),
    device_owner: owner.deviceOwner,
    ...newStandardAttributes(body),
    ...columnDefaults,
    ...columnsOfBody(ml2, 'ports', body),
  };
  const allocations = allocationRows(owner, chosen);
  const pairs = addressPairRows(ml2, owner, body);
  const options = dhcpOptionRows(id, body);
  if (row.port_security_enabled === 0) requirePortSecurity({ hasPairs: pairs.length > 0, hasGroups: groups.length > 0 }, body);
  const blocks: ProvisioningEntity[] = [];
  if (proposal !== undefined && waitsForWiring(proposal)) blocks.push('L2');
  if (waitsForDhcp({ deviceOwner: owner.deviceOwner, addresses: allocations, hasDhcpAgent: site.hasDhcpAgent }, site.subnets)) blocks.push('DHCP');
  const view = composePort(ml2, row, { addresses: allocations, pairs, options, groups, binding: binding.row, tags: [], extensions: {} });
  const ready = ReadyPort.ofObject(ml2.format, view);
  return { body, row, binding: binding.row, allocations, pairs, options, groups, blocks, ready, isIncomplete: reachesBeyondRow(ml2, 'ports', body) };
}

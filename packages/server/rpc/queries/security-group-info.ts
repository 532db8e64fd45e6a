import type { JsonObject } from '@neutrino/lib/json';
import { parseCidr } from '@neutrino/lib/net/cidr';
import type { AllowedAddressPair, EtherType, SecurityGroupDevice, SecurityGroupInfo, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import { normalizedCidr } from '../../securitygroups/rule-attributes.ts';
import type { RuleRow } from '../../securitygroups/group-rows.ts';
import { addressesOfGroups } from '../../services/address-group/address-group-rows.ts';
import { byId, portsOfDevices } from './device-ports.ts';
import { providerRules } from './provider-rules.ts';

/**
 * All that an agent needs to filter the traffic of `devices`, in a fixed number of queries. Devices that are
 * not known are left out, and so are those whose traffic is not filtered because they are the network's own.
 */
export async function securityGroupInfo(db: Db, core: CorePlugin, context: RequestContext, devices: readonly string[]): Promise<SecurityGroupInfo> {
  const known = await portsOfDevices(db, devices);
  const filtered = [...known].filter(([, port]) => !isTrusted(port.device_owner));
  const ids = filtered.map(([, { id }]) => id);
  const views = ids.length === 0 ? new Map<string, JsonObject>() : byId(await core.ports.list(context, { ...listAll, filters: { id: ids } }));
  const groupIds = [...new Set([...views.values()].flatMap(groupsOf))];
  const rules = await rulesOfGroups(db, groupIds);
  const entries = filtered.flatMap(([device, { id }]) => {
    const view = views.get(id);
    return view === undefined ? [] : [[id, filteredDevice(device, view, rules)] as const];
  });
  const all = [...rules.values()].flat();
  const [members, addresses] = await Promise.all([membersOfGroups(db, all), addressesOfRemotes(db, all)]);
  return {
    devices: Object.fromEntries(entries),
    security_groups: Object.fromEntries(groupIds.map((id) => [id, distinct((rules.get(id) ?? []).map(ruleInfo))])),
    sg_member_ips: { ...members, ...addresses },
  };
}

/** Ports of DHCP servers, routers and load balancers carry their networks' traffic, except a router's gateway to outside networks served by others. */
function isTrusted(deviceOwner: string): boolean {
  return deviceOwner.startsWith('network:') && deviceOwner !== 'network:local_ip';
}

function filteredDevice(device: string, view: JsonObject, rules: ReadonlyMap<string, readonly RuleRow[]>): SecurityGroupDevice {
  const groups = groupsOf(view);
  const addresses = (Array.isArray(view['fixed_ips']) ? view['fixed_ips'] : []).map((fixedIp: JsonObject) => String(fixedIp['ip_address']));
  const own = groups.flatMap((id) => rules.get(id) ?? []);
  return {
    id: String(view['id']),
    device,
    network_id: String(view['network_id']),
    mac_address: String(view['mac_address']),
    device_owner: String(view['device_owner']),
    fixed_ips: addresses,
    allowed_address_pairs: (view['allowed_address_pairs'] ?? []) as unknown as readonly AllowedAddressPair[],
    port_security_enabled: view['port_security_enabled'] !== false,
    security_group_rules: providerRules(addresses),
    security_groups: groups,
    security_group_source_groups: [...new Set(own.flatMap(({ remote_group_id: remote }) => remote ?? []))],
    security_group_remote_address_groups: [...new Set(own.flatMap(({ remote_address_group_id: remote }) => remote ?? []))],
  };
}

function groupsOf(view: JsonObject): readonly string[] {
  const groups = view['security_groups'];
  return Array.isArray(groups) ? groups.map(String) : [];
}

type GroupRuleRow = RuleRow & { readonly stateful: 0 | 1 };

async function rulesOfGroups(db: Db, groupIds: readonly string[]): Promise<ReadonlyMap<string, readonly GroupRuleRow[]>> {
  const rows = await unlessEmpty(groupIds, (part) =>
    db
      .selectFrom('security_group_rules')
      .innerJoin('security_groups', 'security_groups.id', 'security_group_rules.security_group_id')
      .selectAll('security_group_rules')
      .select('security_groups.stateful')
      .where(inList('security_group_rules.security_group_id', part))
      .orderBy('security_group_rules.id')
      .execute(),
  );
  return Map.groupBy(rows, ({ security_group_id }) => security_group_id);
}

/** A rule as agents read it: what matches everything is left out. */
function ruleInfo(row: GroupRuleRow): SecurityGroupRuleInfo {
  const prefix = normalizedCidr(row.remote_ip_prefix);
  const direction = row.direction === 'egress' ? 'egress' : 'ingress';
  return {
    direction,
    ethertype: etherType(row.ethertype),
    ...(row.protocol === null ? {} : { protocol: row.protocol }),
    ...(row.port_range_min === null ? {} : { port_range_min: row.port_range_min }),
    ...(row.port_range_max === null ? {} : { port_range_max: row.port_range_max }),
    ...(prefix === null ? {} : { [direction === 'ingress' ? 'source_ip_prefix' : 'dest_ip_prefix']: prefix }),
    ...(row.remote_group_id === null ? {} : { remote_group_id: row.remote_group_id }),
    ...(row.remote_address_group_id === null ? {} : { remote_address_group_id: row.remote_address_group_id }),
    stateful: row.stateful === 1,
  };
}

/**
 * Members of the groups that `rules` admit: fixed addresses and allowed address pairs, with their MAC addresses.
 * Both families always: an agent that keeps them for other devices takes an empty list at its word.
 */
async function membersOfGroups(db: Db, rules: readonly RuleRow[]): Promise<SecurityGroupInfo['sg_member_ips']> {
  const members: Record<string, Record<EtherType, [string, string][]>> = {};
  for (const { remote_group_id: group } of rules) {
    if (group !== null) members[group] ??= { IPv4: [], IPv6: [] };
  }
  const groups = Object.keys(members);
  const fixed = unlessEmpty(groups, (part) =>
    db
      .selectFrom('security_group_port_bindings as member')
      .innerJoin('ip_allocations', 'ip_allocations.port_id', 'member.port_id')
      .innerJoin('ports', 'ports.id', 'member.port_id')
      .select(['member.security_group_id as group', 'ip_allocations.ip_address as address', 'ports.mac_address as mac'])
      .where(inList('member.security_group_id', part))
      .orderBy('ip_allocations.ip_key')
      .execute(),
  );
  const pairs = unlessEmpty(groups, (part) =>
    db
      .selectFrom('security_group_port_bindings as member')
      .innerJoin('allowed_address_pairs as pair', 'pair.port_id', 'member.port_id')
      .select(['member.security_group_id as group', 'pair.ip_address as address', 'pair.mac_address as mac'])
      .where(inList('member.security_group_id', part))
      .orderBy('pair.ip_address')
      .execute(),
  );
  for (const { group, address, mac } of (await Promise.all([fixed, pairs])).flat()) {
    const ethertype = parseCidr(address)?.version === 6 ? 'IPv6' : 'IPv4';
    members[group]?.[ethertype].push([address, mac]);
  }
  for (const lists of Object.values(members)) {
    lists.IPv4 = distinct(lists.IPv4);
    lists.IPv6 = distinct(lists.IPv6);
  }
  return members;
}

/** The addresses of the address groups that `rules` admit, in the form in which members of security groups are told. */
async function addressesOfRemotes(db: Db, rules: readonly RuleRow[]): Promise<SecurityGroupInfo['sg_member_ips']> {
  const groups = [...new Set(rules.flatMap(({ remote_address_group_id: group }) => group ?? []))];
  const addresses = await addressesOfGroups(db, groups);
  const ofVersion = (group: string, version: 4 | 6) => (addresses.get(group) ?? []).filter((address) => parseCidr(address)?.version === version).map((address) => [address, null] as const);
  return Object.fromEntries(groups.map((group) => [group, { IPv4: ofVersion(group, 4), IPv6: ofVersion(group, 6) }]));
}

function etherType(text: string): EtherType {
  return text === 'IPv6' ? 'IPv6' : 'IPv4';
}

/** Without repetitions: rules that differ only in what agents do not see, one address of several networks. */
function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

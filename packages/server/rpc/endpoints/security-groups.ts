import type { JsonObject } from '@neutrino/lib/json';
import { parseCidr } from '@neutrino/lib/net/cidr';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import type { SecurityGroupDevice, SecurityGroupInfo, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import { agentContext, invalidArgument, listArgument } from '../arguments.ts';
import { deviceName } from '../queries/device-ports.ts';
import { securityGroupInfo } from '../queries/security-group-info.ts';

/** What agents ask to filter the traffic of devices. */
export function securityGroupEndpoint({ db, core }: { readonly db: Db; readonly core: CorePlugin }): Endpoint {
  return {
    version: '1.3',
    methods: {
      async security_group_info_for_devices(context, args) {
        const info = await securityGroupInfo(db, core, agentContext(context), devicesArgument(args));
        return asJson(readsMacs(args['call_version']) ? info : withoutMacs(info));
      },

      /** The form before 1.2: each device with all its rules, groups resolved to addresses. */
      async security_group_rules_for_devices(context, args) {
        const info = await securityGroupInfo(db, core, agentContext(context), devicesArgument(args));
        return asJson(Object.fromEntries(Object.entries(info.devices).map(([name, device]) => [name, withResolvedRules(device, info)])));
      },
    },
  };
}

/** Agents of version 1.3 and later expect `[address, mac]`, older ones the address alone. */
function readsMacs(callVersion: unknown): boolean {
  const [major, minor] = (typeof callVersion === 'string' ? callVersion : '1.2').split('.').map(Number);
  return major === 1 && minor !== undefined && minor >= 3;
}

function withoutMacs(info: SecurityGroupInfo): object {
  const addresses = (pairs: readonly (readonly [string, string | null])[]) => [...new Set(pairs.map(([address]) => address))];
  const members = Object.entries(info.sg_member_ips).map(([group, { IPv4, IPv6 }]) => [group, { IPv4: addresses(IPv4), IPv6: addresses(IPv6) }]);
  return { ...info, sg_member_ips: Object.fromEntries(members) };
}

function withResolvedRules(device: SecurityGroupDevice, info: SecurityGroupInfo): SecurityGroupDevice {
  const ofGroups = device.security_groups.flatMap((group) => (info.security_groups[group] ?? []).map((rule) => ({ ...rule, security_group_id: group })));
  return { ...device, security_group_rules: [...ofGroups, ...device.security_group_rules].flatMap((rule) => resolved(rule, device, info)) };
}

/** A rule for each member of the remote group, the device itself excepted. */
function resolved(rule: SecurityGroupRuleInfo, device: SecurityGroupDevice, info: SecurityGroupInfo): readonly SecurityGroupRuleInfo[] {
  const group = rule.remote_group_id ?? rule.remote_address_group_id;
  if (group === undefined) return [rule];
  const members = new Set((info.sg_member_ips[group]?.[rule.ethertype] ?? []).map(([address]) => address));
  const others = [...members].filter((address) => !device.fixed_ips.includes(address));
  return others.map((address) => ({ ...rule, [rule.direction === 'ingress' ? 'source_ip_prefix' : 'dest_ip_prefix']: asPrefix(address) }));
}

function asPrefix(address: string): string {
  return address.includes('/') ? address : `${address}/${parseCidr(address)?.prefixLength ?? 32}`;
}

function devicesArgument(args: JsonObject): readonly string[] {
  const names = listArgument(args, 'devices').map((device) => deviceName(device));
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length) throw invalidArgument('devices', 'a list of names of devices');
  return [...new Set(known)];
}

/** Payload types describe the wire; interfaces have no index signature, which is all that differs. */
function asJson(payload: object): JsonObject {
  return payload as JsonObject;
}

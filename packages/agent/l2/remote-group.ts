import type { SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';

/** The group whose members are the other end of a rule: a security group or an address group. Their ids are told apart by nobody but the server. */
export function remoteGroupOf(rule: SecurityGroupRuleInfo): string | undefined {
  return rule.remote_group_id ?? rule.remote_address_group_id;
}

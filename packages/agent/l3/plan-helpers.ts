import { portProtocols } from '@neutrino/lib/net/ip-protocol';
import type { RouterConntrackHelper } from '@neutrino/lib/rpc/router-payloads';

/** The rules that hand flows to connection tracking helpers, in both families. */
export function helperRules(helpers: readonly RouterConntrackHelper[]): readonly string[] {
  return helpers.filter(canHelp).map(({ protocol, port, helper }) => `-p ${protocol} -m ${protocol} --dport ${port} -j CT --helper ${helper}`).toSorted();
}

/** Helpers listen to ports. */
export function canHelp({ protocol, helper }: RouterConntrackHelper): boolean {
  return portProtocols.includes(protocol) && /^[\w.-]{1,64}$/.test(helper);
}

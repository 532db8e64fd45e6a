import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { IpAddressGenerationFailure } from '@neutrino/lib/exceptions/ip-allocation';
import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetNotFound } from '@neutrino/lib/exceptions/subnet';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { canonicalIp } from '@neutrino/lib/net/ip';
import { canonicalMac } from '@neutrino/lib/net/mac';
import type { Logger } from 'pino';
import type { RequestContext } from '../context.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import { invalidArgument, objectArgument } from './arguments.ts';

/** `{port: {...}}` of an agent's request: the attributes that a DHCP port has, checked; others are left out. */
export function dhcpPortAttributes(argument: JsonObject): JsonObject {
  const port = objectArgument(argument, 'port');
  const given = Object.entries(readers).flatMap(([name, read]) => {
    const value = port[name];
    return value === undefined || value === null ? [] : [[name, read(value)] as const];
  });
  const { tenant_id: tenant, ...attributes } = Object.fromEntries(given);
  return tenant === undefined ? attributes : { project_id: tenant, ...attributes };
}

const readers: Readonly<Record<string, (value: Json) => Json>> = {
  name: readText,
  admin_state_up: (value) => {
    if (typeof value !== 'boolean') throw invalidArgument('port.admin_state_up', 'true or false');
    return value;
  },
  network_id: readText,
  device_id: readText,
  project_id: readText,
  tenant_id: readText,
  mac_address: (value) => {
    const mac = canonicalMac(readText(value));
    if (mac === undefined) throw invalidArgument('port.mac_address', 'a MAC address');
    return mac;
  },
  fixed_ips: (value) => {
    if (!Array.isArray(value)) throw invalidArgument('port.fixed_ips', 'a list');
    return value.map(readFixedIp);
  },
};

function readText(value: Json): string {
  if (typeof value !== 'string' || value.length > 255) throw invalidArgument('port', 'made of texts of at most 255 characters');
  return value;
}

function readFixedIp(value: Json): JsonObject {
  const { subnet_id: subnet, ip_address: address } = isJsonObject(value) ? value : {};
  if (typeof subnet !== 'string') throw invalidArgument('port.fixed_ips', 'a list of {subnet_id, ip_address}');
  if (address === undefined || address === null) return { subnet_id: subnet };
  const canonical = typeof address === 'string' ? canonicalIp(address) : undefined;
  if (canonical === undefined) throw invalidArgument('port.fixed_ips', 'a list with IP addresses');
  return { subnet_id: subnet, ip_address: canonical };
}

interface DhcpPortWork {
  readonly core: CorePlugin;
  readonly context: RequestContext;
  readonly body: JsonObject;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Runs `work`, and answers null where it failed because network or subnet were deleted meanwhile, which is no
 * fault of the agent's. A subnet that is there and full is: IpAddressGenerationFailure passes.
 */
export async function tolerateVanishedSubnet<T>({ core, context, body, log }: DhcpPortWork, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isNeutronError(error, IpAddressGenerationFailure) && !(await subnetVanished(core, context, body))) throw error;
    if (!isNeutronError(error, IpAddressGenerationFailure, NetworkNotFound, SubnetNotFound, InvalidInput)) throw error;
    log.warn({ err: error, network_id: body['network_id'] }, 'the DHCP port of a network cannot be made');
    return null;
  }
}

async function subnetVanished(core: CorePlugin, context: RequestContext, body: JsonObject): Promise<boolean> {
  const fixedIps = Array.isArray(body['fixed_ips']) ? body['fixed_ips'] : [];
  const subnet = fixedIps.filter(isJsonObject)[0]?.['subnet_id'];
  if (typeof subnet !== 'string') return false;
  try {
    await core.subnets.get(context, subnet);
    return false;
  } catch (error) {
    if (isNeutronError(error, SubnetNotFound)) return true;
    throw error;
  }
}

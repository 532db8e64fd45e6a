import type { PlannedRoute } from '../plan-routes.ts';
import type { HaSettings } from './ha-settings.ts';

/** What keepalived(8) is to do for the copy of a router. */
export interface KeepalivedInstance {
  readonly vrId: number;
  /** The device by which the copies watch one another. */
  readonly device: string;
  readonly primaryAddress: string;
  /** In the order in which a device gets them. */
  readonly addresses: readonly VirtualAddress[];
  readonly routes: readonly PlannedRoute[];
}

export interface VirtualAddress {
  readonly address: string;
  readonly device: string;
}

/** All copies are alike: the first to find that none speaks becomes active, and stays so. */
const PRIORITY = 50;
/**
 * Seconds after which the active copy says once more whose its addresses are. Soon: the kernel of the copy that was active before takes leave of multicast groups when
 * its addresses go, under the same MAC address, and bridges then take that for the place of the router.
 */
const ANNOUNCE_AGAIN = 5;
/** Words of the active copy that are missed until another takes over: at most 5 s by default. Other copies need not have the same. */
const MISSED = 2;

type Settings = Pick<HaSettings, 'authentication' | 'advertIntervalSeconds' | 'healthCheckIntervalSeconds' | 'useNoTrack'>;

/** keepalived.conf(5). `checkScript`: the path of what checks whether the gateway answers. */
export function keepalivedConfiguration({ vrId, device, primaryAddress, addresses, routes }: KeepalivedInstance, settings: Settings, checkScript: string): string {
  const { authentication, advertIntervalSeconds, healthCheckIntervalSeconds, useNoTrack } = settings;
  const noTrack = useNoTrack ? ' no_track' : '';
  const checks = healthCheckIntervalSeconds > 0 && gatewaysOf(routes).length > 0;
  const check = `ha_health_check_${vrId}`;
  const virtual = addresses.map(({ address, device: on }) => `${address} dev ${on}${noTrack}`);
  const lines = [
    ...block('', 'global_defs', ['notification_email_from neutron@openstack.local', 'router_id neutron', ...(checks ? ['script_user root'] : [])]),
    ...(checks ? block('', `vrrp_script ${check}`, [`script "${checkScript}"`, `interval ${healthCheckIntervalSeconds}`, 'fall 2', 'rise 2']) : []),
    `vrrp_instance VR_${vrId} {`,
    ...[
      'state BACKUP',
      `interface ${device}`,
      `virtual_router_id ${vrId}`,
      `priority ${PRIORITY}`,
      `garp_master_delay ${ANNOUNCE_AGAIN}`,
      'nopreempt',
      `advert_int ${advertIntervalSeconds}`,
      `down_timer_adverts ${MISSED}`,
    ].map(indented),
    ...(authentication === null ? [] : block('    ', 'authentication', [`auth_type ${authentication.type}`, `auth_pass ${authentication.password}`])),
    ...block('    ', 'track_interface', [device]),
    ...block('    ', 'virtual_ipaddress', [`${primaryAddress} dev ${device}`]),
    ...(virtual.length === 0 ? [] : block('    ', 'virtual_ipaddress_excluded', virtual)),
    ...(routes.length === 0 ? [] : block('    ', 'virtual_routes', routes.map((route) => routeWords(route, noTrack)))),
    ...(checks ? block('    ', 'track_script', [check]) : []),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** Ends with 1 where this copy is active and a gateway does not answer; null where there is nothing to ask. */
export function checkScript({ addresses, routes }: KeepalivedInstance): string | null {
  const gateways = gatewaysOf(routes);
  if (gateways.length === 0) return null;
  const [first] = addresses;
  const lines = [
    '#!/bin/sh -eu',
    ...(first === undefined ? [] : [`ip address | grep -qF ' ${first.address.split('/')[0] ?? ''}/' || exit 0`]),
    ...gateways.map((gateway) => `ping -c 1 -w 1 ${gateway} >/dev/null || exit 1`),
  ];
  return `${lines.join('\n')}\n`;
}

function gatewaysOf(routes: readonly PlannedRoute[]): readonly string[] {
  // What other tables have says no more than the main one.
  return routes.filter(({ table, destination }) => table === undefined && (destination === '0.0.0.0/0' || destination === '::/0')).flatMap(({ hops }) => hops.flatMap(({ via }) => via ?? []));
}

function routeWords({ destination, table, hops }: PlannedRoute, noTrack: string): string {
  const hop = ({ via, device, onLink }: PlannedRoute['hops'][number]): string => `${via === undefined ? '' : `via ${via} `}dev ${device}${onLink ? ' onlink' : ''}`;
  const inTable = table === undefined ? '' : ` table ${table}`;
  const [only, ...others] = hops;
  if (only !== undefined && others.length === 0) return `${destination} ${hop(only)}${inTable}${only.via === undefined ? ' scope link' : ''}${noTrack}`;
  // What comes after several next hops is theirs.
  return `${destination}${inTable}${noTrack} ${hops.map((each) => `nexthop ${hop(each)} weight 1`).join(' ')}`;
}

function block(margin: string, name: string, lines: readonly string[]): readonly string[] {
  return [`${margin}${name} {`, ...lines.map((line) => `${margin}${indented(line)}`), `${margin}}`];
}

function indented(line: string): string {
  return `    ${line}`;
}

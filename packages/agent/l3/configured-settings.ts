import { canonicalIp } from '@neutrino/lib/net/ip';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { chooseDriver, chooseDrivers } from '@neutrino/runtime/conf/named-drivers';
import { interfaceDrivers, l3AgentExtensions, l3AgentModes } from '../conf/neutron-drivers.ts';
import type { L3Config } from '../conf/sections.ts';
import { formerProxiesIn } from '../metadata/former-proxy.ts';
import { defaultL3Settings, l3Extensions, type L3Settings } from './l3-settings.ts';

/** The agent's settings as its configuration files have them. Throws CannotStart, which names the option where a driver is not available or a value cannot be. */
export function configuredL3Settings({ DEFAULT: conf, agent }: L3Config): L3Settings {
  const defaults = defaultL3Settings(conf.state_path);
  chooseDriver(conf.agent_mode, l3AgentModes);
  if (conf.interface_driver !== null) chooseDriver(conf.interface_driver, interfaceDrivers);
  if (conf.min_rtr_adv_interval > conf.max_rtr_adv_interval * 0.75) throw new CannotStart('[DEFAULT] min_rtr_adv_interval: more than three quarters of max_rtr_adv_interval, which radvd refuses');
  return {
    ...defaults,
    handleInternalOnlyRouters: conf.handle_internal_only_routers,
    enableMetadataProxy: conf.enable_metadata_proxy,
    metadataPort: conf.metadata_port,
    metadataProxySocket: conf.metadata_proxy_socket,
    formerProxies: formerProxiesIn(conf),
    metadataAccessMark: mark('metadata_access_mark', conf.metadata_access_mark),
    externalIngressMark: mark('external_ingress_mark', conf.external_ingress_mark),
    ipv6Gateway: ipv6Gateway(conf.ipv6_gateway),
    advertisements: {
      directory: conf.ra_confs,
      pids: conf.external_pids,
      minIntervalSeconds: conf.min_rtr_adv_interval,
      maxIntervalSeconds: conf.max_rtr_adv_interval,
      // The agent is root, and root is whom radvd is without being told.
      user: conf.radvd_user === '' || conf.radvd_user === 'root' ? null : conf.radvd_user,
    },
    ha: {
      directory: conf.ha_confs_path,
      pids: conf.external_pids,
      authentication: conf.ha_vrrp_auth_password === null || conf.ha_vrrp_auth_password === '' ? null : { type: conf.ha_vrrp_auth_type, password: password(conf.ha_vrrp_auth_password) },
      advertIntervalSeconds: conf.ha_vrrp_advert_int,
      healthCheckIntervalSeconds: conf.ha_vrrp_health_check_interval,
      useNoTrack: conf.keepalived_use_no_track,
    },
    interfaceDriver: conf.interface_driver ?? defaults.interfaceDriver,
    availabilityZone: agent.availability_zone,
    logAgentHeartbeats: agent.log_agent_heartbeats,
    extensions: l3Extensions.filter((name) => chooseDrivers(agent.extensions, l3AgentExtensions).names.includes(name)),
  };
}

/** What `[agent] extensions` asks for that is not there yet: a warning each. Throws CannotStart for a name that nobody knows. */
export function missingL3Extensions({ agent }: Pick<L3Config, 'agent'>): readonly string[] {
  return chooseDrivers(agent.extensions, l3AgentExtensions).warnings;
}

/** Written as iptables takes it: hexadecimal or decimal. Only its lower 16 bits are used. */
function mark(name: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) & 0xffff : 0;
  if (value === 0) throw new CannotStart(`[DEFAULT] ${name}: ${text} is no mark`);
  return value;
}

/** As a word of keepalived's configuration. */
function password(text: string): string {
  if (!/^[^\s{}"'#!\\]+$/.test(text)) throw new CannotStart('[DEFAULT] ha_vrrp_auth_password: keepalived reads no spaces, quotes, braces, backslashes and signs of comments');
  return text;
}

function ipv6Gateway(text: string): string {
  if (text === '') return '';
  const address = canonicalIp(text);
  if (address === undefined || !address.includes(':')) throw new CannotStart(`[DEFAULT] ipv6_gateway: ${text} is no IPv6 address`);
  return address;
}

import { readFileSync, writeFileSync } from 'node:fs';

/**
 * How the host itself speaks through a device, as its operator has set it: what it hears of routers, what it routes, which questions for neighbours
 * it answers. In an order in which none undoes another: a host that routes forgets what it has learned from routers unless it is told not to.
 */
const settings = {
  ipv6: [
    'disable_ipv6', 'accept_ra', 'accept_ra_defrtr', 'accept_ra_pinfo', 'accept_ra_rtr_pref', 'accept_ra_rt_info_min_plen', 'accept_ra_rt_info_max_plen', 'autoconf', 'use_tempaddr',
    'forwarding', 'accept_redirects', 'proxy_ndp',
  ],
  ipv4: ['forwarding', 'rp_filter', 'arp_filter', 'arp_announce', 'arp_ignore', 'accept_local', 'src_valid_mark', 'route_localnet', 'proxy_arp', 'accept_redirects', 'send_redirects', 'log_martians'],
} as const;

/**
 * Gives a device the settings of another; gives those that could not be set, and why. Synchronous on purpose: asynchronous file access runs in
 * threads that may be in another network namespace. What this kernel does not have is left out.
 */
export function copyHostSettings(from: string, to: string): readonly string[] {
  const failures: string[] = [];
  for (const [version, names] of Object.entries(settings)) {
    for (const name of names) {
      const [source, target] = [from, to].map((device) => `/proc/sys/net/${version}/conf/${device}/${name}`) as [string, string];
      try {
        const value = readFileSync(source, 'utf8');
        if (value !== readFileSync(target, 'utf8')) writeFileSync(target, value);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT') failures.push(`${target}: ${message}`);
      }
    }
  }
  return failures;
}

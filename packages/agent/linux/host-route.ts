import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import { run } from '../privileged/run.ts';
import type { HostAddress } from './host-address.ts';

export interface HostRoutes {
  /** Of all tables, each as `ip route replace` takes it. Not among them: those that follow the device's addresses by themselves. */
  readonly routes: readonly string[];
  /** Of those, the ones that do not go with their addresses, as `ip route delete` takes them: what the kernel made for an IPv6 address of limited life. */
  readonly leftovers: readonly string[];
}

/** The routes through a device that carries these addresses. */
export async function readHostRoutes(device: string, addresses: readonly HostAddress[]): Promise<HostRoutes> {
  const [v4, v6] = await Promise.all(
    (['-4', '-6'] as const).map(async (family) => {
      const { stdout } = await run(['ip', '-oneline', family, 'route', 'show', 'table', 'all']);
      return parseHostRoutes(stdout, device, addresses, family === '-6' ? '::/0' : '0.0.0.0/0');
    }),
  );
  return { routes: [...(v4?.routes ?? []), ...(v6?.routes ?? [])], leftovers: v6?.leftovers ?? [] };
}

/** States that the kernel reports with a route and that cannot be asked for. */
const states = new Set(['linkdown', 'dead', 'pervasive', 'offload', 'offload_failed', 'trap', 'rt_offload', 'rt_trap', 'notify']);

/** Reads what `ip -oneline route show table all` prints. */
export function parseHostRoutes(text: string, device: string, addresses: readonly HostAddress[], everything: '0.0.0.0/0' | '::/0'): HostRoutes {
  const prefixes = (chosen: (address: HostAddress) => boolean): ReadonlySet<string> => new Set(addresses.filter(chosen).map(prefixOf));
  const byThemselves = prefixes(({ prefixRoute }) => prefixRoute);
  const withoutRoute = prefixes(({ prefixRoute }) => !prefixRoute);
  const limited = prefixes((address) => address.limited);
  const routes: string[] = [];
  const leftovers: string[] = [];
  for (const line of text.split('\n')) {
    const words = line.replaceAll('\\', ' ').split(/\s+/).filter((word) => word !== '' && !states.has(word));
    const says = (name: string, value: string): boolean => words.some((word, index) => word === name && words[index + 1] === value);
    if (!says('dev', device) || says('table', 'local')) continue;
    const [destination = '', ...rest] = words;
    const prefix = formatPrefix(destination);
    // A manager of networks that makes the routes to its prefixes itself says that the kernel did.
    const byItself = says('proto', 'kernel') && (byThemselves.has(prefix) || !withoutRoute.has(prefix));
    if (!byItself) routes.push([destination === 'default' ? everything : destination, ...settable(rest)].join(' '));
    else if (limited.has(prefix)) leftovers.push(`${destination} dev ${device} proto kernel metric ${rest[rest.indexOf('metric') + 1]}`);
  }
  // A gateway must be on a link before there can be a route through it.
  const [direct, through] = [routes.filter((route) => !route.includes(' via ')), routes.filter((route) => route.includes(' via '))];
  return { routes: [...direct, ...through], leftovers };
}

function settable(words: readonly string[]): readonly string[] {
  return words.map((word, index) => (words[index - 1] === 'expires' ? word.replace(/sec$/, '') : word));
}

/** The same route through another device. */
export function routeThrough(route: string, from: string, to: string): string {
  const words = route.split(' ');
  return words.map((word, index) => (words[index - 1] === 'dev' && word === from ? to : word)).join(' ');
}

/** Of `192.0.2.1/24` its subnet, of `10.1.1.1 peer 10.1.1.2/32` the peer. */
function prefixOf({ address }: HostAddress): string {
  return formatPrefix(address.split(' ').at(-1) ?? '');
}

function formatPrefix(text: string): string {
  const cidr = parseCidr(text);
  return cidr === undefined ? text : formatCidr(cidr);
}

import type { LabHost } from '../support/hosts/lab-host.ts';
import { problems } from './outcome.ts';

/** Devices and namespaces of networks and routers that are still on the hosts. */
export async function leftOver(hosts: readonly LabHost[]): Promise<string | undefined> {
  const left = await Promise.all(hosts.map(async (host) => {
    const links = (await host.run(['ip', '-o', 'link', 'show'])).stdout.split('\n').filter((line) => / (brq|vxlan-|tap)/.test(line)).map((line) => line.split(/[:@]/)[1]?.trim() ?? '');
    return [...links, ...(await namespacesOf(host, 'qrouter-')), ...(await namespacesInUse(host))].map((thing) => `${thing} on ${host.name}`);
  }));
  return problems(left.flat());
}

export async function namespacesOf(host: LabHost, prefix: string): Promise<readonly string[]> {
  return (await host.run(['ip', 'netns', 'list'])).stdout.split('\n').flatMap((line) => (line.startsWith(prefix) ? [line.split(' ')[0] ?? ''] : []));
}

/** Neutron's DHCP agent leaves an empty namespace behind where its Linux bridge agent was first to take the device away. */
async function namespacesInUse(host: LabHost): Promise<readonly string[]> {
  const names = await namespacesOf(host, 'qdhcp-');
  // One that goes meanwhile is not in use.
  const used = await Promise.all(names.map(async (name) => (await host.run(['ip', 'netns', 'pids', name], { accept: [1] })).stdout !== ''));
  return names.filter((_, index) => used[index]);
}

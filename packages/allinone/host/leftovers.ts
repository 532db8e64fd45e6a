import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';

/** Names of what Neutron's agents and our instances make on a host. */
const OURS = /^(tap|brq|vxlan-|ns-)|^(qdhcp-|qrouter-|instance-)/;

/** Everything of ours that is still on the host: devices, namespaces, rules, sets, tables, dnsmasq, radvd. */
export async function leftoversOn(host: Host, agentState: string): Promise<readonly string[]> {
  const links = JSON.parse((await host.run(['ip', '-j', 'link'])).stdout) as { ifname: string }[];
  const namespaces = (await host.run(['ip', 'netns', 'list'], { accept: [1] })).stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  const firewall: string[] = [];
  for (const program of ['iptables-save', 'ip6tables-save'] as const) {
    const { stdout } = await host.run([program]);
    // Rules of ports; the agent's own few top chains stay as long as it does.
    firewall.push(...stdout.split('\n').filter((line) => /tap[0-9a-f]{8}/.test(line)).map((line) => `${program}: ${line}`));
  }
  const sets = (await host.run(['ipset', 'list', '-name'], { accept: [1] })).stdout.split('\n').filter((name) => /^NIPv[46]/.test(name));
  const { stdout: nft } = await host.run(['nft', 'list', 'tables', 'bridge'], { accept: [1] });
  const bridgeRules = nft.trim() === '' ? '' : (await host.run(['nft', 'list', 'ruleset', 'bridge'])).stdout;
  return [
    ...links.map(({ ifname }) => ifname).filter((name) => OURS.test(name)),
    ...namespaces.filter((name) => OURS.test(name)),
    ...firewall,
    ...sets,
    ...bridgeRules.split('\n').filter((line) => /tap[0-9a-f]{8}/.test(line)).map((line) => `nft: ${line.trim()}`),
    ...filesIn(join(agentState, 'dhcp')).map((id) => `DHCP files of network ${id}`),
    ...filesIn(join(agentState, 'ra')).map((name) => `file of a radvd: ${name}`),
  ];
}

/** What has the name of a network or a router. */
function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^[0-9a-f-]{36}/.test(name));
  } catch {
    return [];
  }
}

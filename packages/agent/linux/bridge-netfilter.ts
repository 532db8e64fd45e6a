import { readFileSync, writeFileSync } from 'node:fs';

const switches = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'] as const;

/** The switches that are off, of those that send bridged packets through iptables. Throws where the kernel lacks br_netfilter. */
export function bridgeNetfilterOff(): readonly string[] {
  return switches.filter((name) => readFileSync(pathOf(name), 'utf8').trim() !== '1');
}

export function turnBridgeNetfilterOn(name: string): void {
  writeFileSync(pathOf(name), '1');
}

function pathOf(name: string): string {
  return `/proc/sys/net/bridge/${name}`;
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { run } from '../privileged/run.ts';

const switches = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'] as const;

/** The switches that are off, or not there yet, of those that send bridged packets through iptables. */
export function bridgeNetfilterOff(): readonly string[] {
  return switches.filter((name) => !existsSync(pathOf(name)) || readFileSync(pathOf(name), 'utf8').trim() !== '1');
}

/** Throws where the kernel has no br_netfilter, neither built in nor as a module that can be loaded. */
export async function turnBridgeNetfilterOn(name: string): Promise<void> {
  // Distributions ship it as a module, and making a bridge does not load it.
  if (!existsSync(pathOf(name))) await loadModule();
  writeFileSync(pathOf(name), '1');
}

async function loadModule(): Promise<void> {
  try {
    await run(['modprobe', 'br_netfilter']);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`bridged packets cannot be filtered: the kernel's br_netfilter is not there, nor can it be loaded: ${reason}`, { cause: error });
  }
}

function pathOf(name: string): string {
  return `/proc/sys/net/bridge/${name}`;
}

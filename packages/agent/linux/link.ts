import { run } from '../privileged/run.ts';

/** A network device of this namespace, as far as bridging is concerned. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** "bridge", "vxlan", "vlan", "veth", "tun", …; absent for hardware. */
  readonly kind?: string;
  readonly mtu: number;
  readonly up: boolean;
  /** The bridge it is a port of. */
  readonly master?: string;
  /** MAC address. */
  readonly address?: string;
  readonly bridge?: { readonly stp: boolean; readonly forwardDelay: number };
  readonly vxlan?: VxlanAttributes;
  /** Addresses of global scope with their prefix lengths. */
  readonly addresses?: readonly string[];
}

export interface VxlanAttributes {
  readonly vni: number;
  readonly dstPort: number;
  readonly local?: string;
  readonly group?: string;
}

/** Every link of the namespace by name. */
export async function readLinks(): Promise<ReadonlyMap<string, Link>> {
  const { stdout } = await run(['ip', '-json', '-details', 'address', 'show']);
  const links = (JSON.parse(stdout) as readonly IpLink[]).map(toLink);
  return new Map(links.map((link) => [link.name, link]));
}

export interface BatchFailure {
  /** Index into the commands given. */
  readonly index: number;
  readonly reason: string;
}

/** Runs `ip` commands as one batch. One that fails does not keep the others from running; the failures are returned. */
export async function ipBatch(commands: readonly string[]): Promise<readonly BatchFailure[]> {
  if (commands.length === 0) return [];
  const result = await run(['ip', '-force', '-batch', '-'], { input: `${commands.join('\n')}\n`, accept: [1, 2] });
  return batchFailures(result.stderr, commands.length);
}

/** `ip -batch` says what went wrong, then on the next line the number of the command. */
export function batchFailures(stderr: string, commands: number): readonly BatchFailure[] {
  const failures: BatchFailure[] = [];
  let reason: string[] = [];
  for (const line of stderr.split('\n')) {
    const number = /^Command failed -:(\d+)/.exec(line)?.[1];
    if (number === undefined) {
      if (line.trim() !== '') reason.push(line.trim());
      continue;
    }
    const index = Number(number) - 1;
    if (index < commands) failures.push({ index, reason: reason.join('; ') });
    reason = [];
  }
  return failures;
}

/** An address of this namespace and the device that carries it, or undefined. */
export async function deviceOfAddress(address: string): Promise<string | undefined> {
  const { stdout } = await run(['ip', '-json', 'address', 'show', 'to', address]);
  const found = (JSON.parse(stdout) as readonly { readonly ifname?: string }[]).find(({ ifname }) => ifname !== undefined);
  return found?.ifname;
}

interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly address?: string;
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number; readonly scope?: string }[];
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: Readonly<Record<string, unknown>> };
}

function toLink(link: IpLink): Link {
  const kind = link.linkinfo?.info_kind;
  const data = link.linkinfo?.info_data ?? {};
  const addresses = (link.addr_info ?? []).flatMap(({ local, prefixlen, scope }) => (scope === 'global' ? [`${local}/${prefixlen}`] : []));
  return {
    index: link.ifindex,
    name: link.ifname,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    ...(kind === undefined ? {} : { kind }),
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(link.address === undefined ? {} : { address: link.address }),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(kind === 'bridge' ? { bridge: { stp: data['stp_state'] !== 0, forwardDelay: Number(data['forward_delay']) } } : {}),
    ...(kind === 'vxlan' ? { vxlan: vxlanAttributes(data) } : {}),
  };
}

function vxlanAttributes(data: Readonly<Record<string, unknown>>): VxlanAttributes {
  const local = data['local'] ?? data['local6'];
  const group = data['group'] ?? data['group6'];
  return {
    vni: Number(data['id']),
    dstPort: Number(data['port']),
    ...(typeof local === 'string' ? { local } : {}),
    ...(typeof group === 'string' ? { group } : {}),
  };
}

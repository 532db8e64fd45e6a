import { formatIp, parseIp } from '@neutrino/lib/net/ip';
import { dumpAddresses, dumpLinks, formatAddressBytes, formatMacDigits, type RawAddress, type RawLink } from '../privileged/read-links.ts';
import { run } from '../privileged/run.ts';

/** A network device of this namespace, as far as bridging is concerned. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** "bridge", "vxlan", "vlan", "veth", "tun", …; absent for hardware. */
  readonly kind?: string;
  readonly mtu: number;
  readonly up: boolean;
  /** The host itself takes no part in IPv6 on it. Undefined: the kernel's IPv6 knows nothing of it. */
  readonly ipv6Off: boolean | undefined;
  /** The bridge it is a port of. */
  readonly master?: string;
  /** It is up and there is somebody at its other end, but the bridge has not noticed yet: it lets nothing through. */
  readonly unnoticed?: true;
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
  readonly proxy: boolean;
  /** 0: the kernel's choice. */
  readonly ttl: number;
  readonly tos: number;
  readonly srcPorts: { readonly minimum: number; readonly maximum: number };
  /** The device that carries it. */
  readonly carrier?: string;
}

/** Every link of the namespace by name. */
export function readLinks(): ReadonlyMap<string, Link> {
  const raw = dumpLinks();
  const names = new Map(raw.map(({ index, name }) => [index, name]));
  const addresses = Map.groupBy(dumpAddresses().filter(({ scope }) => scope === GLOBAL), ({ index }) => index);
  return new Map(raw.map((link) => [link.name, toLink(link, names, addresses.get(link.index) ?? [])]));
}

export interface BatchFailure {
  /** Index into the commands given. */
  readonly index: number;
  readonly reason: string;
}

/** Runs `ip` commands as one batch. One that fails does not keep the others from running; the failures are returned. */
export async function ipBatch(commands: readonly string[], namespace?: string): Promise<readonly BatchFailure[]> {
  if (commands.length === 0) return [];
  const where = namespace === undefined ? {} : { netns: namespace };
  const result = await run(['ip', '-force', '-batch', '-'], { input: `${commands.join('\n')}\n`, accept: [1, 2], ...where });
  return batchFailures(result.stderr, commands.length);
}

/** Runs `ip` commands as one batch that ends at the first that fails, which is returned. */
export async function ipSequence(commands: readonly string[]): Promise<BatchFailure | undefined> {
  const result = await run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n`, accept: [1, 2] });
  const [failure] = batchFailures(result.stderr, commands.length);
  return failure === undefined ? undefined : { ...failure, reason: `${commands[failure.index] ?? ''}: ${failure.reason}` };
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

/** The device of this namespace that carries the address, or undefined. */
export function deviceOfAddress(address: string): string | undefined {
  const wanted = parseIp(address);
  const text = wanted === undefined ? undefined : formatIp(wanted);
  const found = dumpAddresses().find((each) => formatAddressBytes(each.address) === text);
  return found === undefined ? undefined : dumpLinks().find(({ index }) => index === found.index)?.name;
}

const GLOBAL = 0;
/** BR_STATE_DISABLED: a port that is down, or that the bridge takes for down. */
const PORT_DISABLED = 0;

/** IFLA_BR_… and IFLA_VXLAN_… of linux/if_link.h. */
const bridgeAttribute = { forwardDelay: 1, stpState: 5 } as const;
const vxlanAttribute = { id: 1, group: 2, link: 3, local: 4, ttl: 5, tos: 6, portRange: 10, proxy: 11, port: 15, group6: 16, local6: 17 } as const;

function toLink(link: RawLink, names: ReadonlyMap<number, string>, addresses: readonly RawAddress[]): Link {
  const { kind, data } = link;
  const master = names.get(link.master);
  return {
    index: link.index,
    name: link.name,
    mtu: link.mtu,
    up: link.up,
    ipv6Off: link.ipv6Off,
    ...(kind === undefined ? {} : { kind }),
    ...(master === undefined ? {} : { master }),
    ...(link.up && link.carrier && link.portState === PORT_DISABLED ? { unnoticed: true } : {}),
    ...(link.hardwareAddress.length === 12 ? { address: formatMacDigits(link.hardwareAddress) } : {}),
    ...(addresses.length === 0 ? {} : { addresses: addresses.map(({ address, prefixLength }) => `${formatAddressBytes(address)}/${prefixLength}`) }),
    ...(kind === 'bridge' ? { bridge: { stp: number(data, bridgeAttribute.stpState) !== 0, forwardDelay: number(data, bridgeAttribute.forwardDelay) } } : {}),
    ...(kind === 'vxlan' ? { vxlan: vxlanAttributes(data, names) } : {}),
  };
}

function vxlanAttributes(data: RawLink['data'], names: ReadonlyMap<number, string>): VxlanAttributes {
  const ports = data.get(vxlanAttribute.portRange);
  const carrier = names.get(number(data, vxlanAttribute.link));
  const local = data.get(vxlanAttribute.local) ?? data.get(vxlanAttribute.local6);
  const group = data.get(vxlanAttribute.group) ?? data.get(vxlanAttribute.group6);
  return {
    vni: number(data, vxlanAttribute.id),
    dstPort: data.get(vxlanAttribute.port)?.readUInt16BE(0) ?? 0,
    proxy: data.get(vxlanAttribute.proxy)?.readUInt8(0) === 1,
    ttl: data.get(vxlanAttribute.ttl)?.readUInt8(0) ?? 0,
    tos: data.get(vxlanAttribute.tos)?.readUInt8(0) ?? 0,
    srcPorts: { minimum: ports?.readUInt16BE(0) ?? 0, maximum: ports?.readUInt16BE(2) ?? 0 },
    ...(local === undefined ? {} : { local: formatAddressBytes(local) }),
    ...(group === undefined ? {} : { group: formatAddressBytes(group) }),
    ...(carrier === undefined ? {} : { carrier }),
  };
}

function number(data: RawLink['data'], attribute: number): number {
  return data.get(attribute)?.readUInt32LE(0) ?? 0;
}

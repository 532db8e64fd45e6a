import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { FlowSelector } from '../linux/conntrack.ts';

/** One change to the kernel. Steps are data, so that logs, tests and a dry run see what an executor will do. */
export type Step = LinkStep | MoveStep | FilterStep;

/** What the host has on a device goes to another, in one go that ends where something fails: nothing is taken away that was not given before. */
export interface MoveStep {
  readonly kind: 'move-host';
  /** To which. */
  readonly device: string;
  readonly from: string;
  readonly steps: readonly HostStep[];
}

export type HostStep =
  | Extract<LinkStep, { readonly kind: 'enslave' | 'delete-link' | 'set-mtu' | 'set-up' }>
  | { readonly kind: 'set-address'; readonly device: string; readonly address: string }
  | { readonly kind: 'add-address'; readonly device: string; readonly address: string; readonly options: readonly string[] }
  | { readonly kind: 'delete-address'; readonly device: string; readonly address: string }
  /** `route` names the device, as it does in the next. */
  | { readonly kind: 'replace-route'; readonly device: string; readonly route: string }
  | { readonly kind: 'delete-route'; readonly device: string; readonly route: string };

export type LinkStep =
  | { readonly kind: 'add-bridge'; readonly device: string }
  | { readonly kind: 'configure-bridge'; readonly device: string }
  | { readonly kind: 'add-vlan'; readonly device: string; readonly parent: string; readonly vlan: number }
  | { readonly kind: 'add-vxlan'; readonly device: string; readonly vni: number; readonly options: VxlanOptions }
  | { readonly kind: 'enslave'; readonly device: string; readonly bridge: string }
  | { readonly kind: 'release'; readonly device: string }
  | { readonly kind: 'set-mtu'; readonly device: string; readonly mtu: number }
  | { readonly kind: 'set-up'; readonly device: string }
  | { readonly kind: 'set-down'; readonly device: string }
  | { readonly kind: 'delete-link'; readonly device: string };

export interface VxlanOptions {
  /** The device that carries the tunnel. */
  readonly parent: string;
  readonly local: string;
  readonly group: string | null;
  readonly dstPort: number;
  readonly srcPorts: { readonly minimum: number; readonly maximum: number } | null;
  readonly ttl: number | null;
  readonly tos: number | 'inherit' | null;
  /** It answers for neighbours that are behind it, and lets no question through. */
  readonly proxy: boolean;
}

export type FilterStep =
  | { readonly kind: 'bridge-netfilter-on'; readonly name: string }
  | { readonly kind: 'ipv6-off'; readonly device: string }
  | { readonly kind: 'ipv6-on'; readonly device: string }
  /** The kernel keeps neighbours of the device, and the host has no address there. */
  | { readonly kind: 'ipv6-neighbours'; readonly device: string }
  /** The host speaks through `device` from now on, in the manner in which it spoke through `from`. */
  | { readonly kind: 'host-settings'; readonly device: string; readonly from: string }
  | { readonly kind: 'load-guard'; readonly ruleset: string }
  | { readonly kind: 'restore-ipsets'; readonly lines: readonly string[] }
  | { readonly kind: 'restore-chains'; readonly family: EtherType; readonly changes: ChainChanges }
  | { readonly kind: 'forget-flows'; readonly flows: readonly FlowSelector[] }
  | { readonly kind: 'destroy-ipset'; readonly name: string };

/** What one `iptables-restore` does, by table. */
export type ChainChanges = readonly TableChanges[];

export interface TableChanges {
  readonly table: string;
  /** Chains that get exactly these rules, made where they are missing. */
  readonly rewrite: ReadonlyMap<string, readonly string[]>;
  /** Long chains of which little changes. */
  readonly edit: ReadonlyMap<string, ChainEdit>;
  /** Rules that are taken out of, or put first into, chains that are not ours. */
  readonly remove: readonly Hook[];
  readonly insert: readonly Hook[];
  readonly drop: readonly string[];
}

/** First rules are taken out, which are there once; then others are put in, each at its place (counted from 1) among all that there will be. */
export interface ChainEdit {
  readonly remove: readonly string[];
  readonly insert: readonly { readonly at: number; readonly rule: string }[];
  /** The chain afterwards. */
  readonly rules: readonly string[];
}

/** A jump from a chain that is not ours, a built-in one for the most part, to one of ours. */
export interface Hook {
  readonly chain: string;
  readonly target: string;
}

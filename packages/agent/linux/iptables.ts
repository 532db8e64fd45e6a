import { readFileSync } from 'node:fs';
import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { CommandFailed, run } from '../privileged/run.ts';

/** Table → chain → rules, each as iptables-save prints it without `-A chain`. Built-in chains are included. */
export type SavedTables = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** The programs of one backend. Both families always use the same: rules of two backends would both apply. */
export interface IptablesPrograms {
  readonly backend: 'legacy' | 'nf_tables';
  readonly save: Readonly<Record<EtherType, string>>;
  readonly restore: Readonly<Record<EtherType, string>>;
}

/** The system's own choice of backend (`update-alternatives`), taken from the IPv4 program for both families. */
export async function findIptables(): Promise<IptablesPrograms> {
  const [v4, v6] = await Promise.all([backendOf('iptables'), backendOf('ip6tables')]);
  const suffix = v4 === 'legacy' ? '-legacy' : '-nft';
  const ip6 = v4 === v6 ? 'ip6tables' : `ip6tables${suffix}`;
  return {
    backend: v4,
    save: { IPv4: 'iptables-save', IPv6: `${ip6}-save` },
    restore: { IPv4: 'iptables-restore', IPv6: `${ip6}-restore` },
  };
}

/** The other backend's rules that contain `mark`: they apply beside those of the backend in use. Empty where there are none. */
export async function rulesOfOtherBackend({ backend }: IptablesPrograms, mark: string): Promise<readonly string[]> {
  const other = backend === 'legacy' ? 'nft' : 'legacy';
  const saved = await Promise.all(
    [`iptables-${other}-save`, `ip6tables-${other}-save`].map((program) =>
      run([program], { accept: [1] }).then(({ stdout }) => stdout, (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      }),
    ),
  );
  return saved.flatMap((text) => text.split('\n').filter((line) => line.includes(mark)));
}

async function backendOf(program: string): Promise<'legacy' | 'nf_tables'> {
  const { stdout } = await run([program, '--version']);
  return stdout.includes('nf_tables') ? 'nf_tables' : 'legacy';
}

/** Of this process's network namespace, or of a named one. */
export async function readTables(programs: IptablesPrograms, family: EtherType, namespace?: string): Promise<SavedTables> {
  return parseSaved((await run([programs.save[family]], namespace === undefined ? {} : { netns: namespace })).stdout);
}

/** Puts the tables that `input` names in the place of those of the namespace, whole; each is replaced in one step. */
export async function replaceTables(programs: IptablesPrograms, family: EtherType, input: string, namespace: string): Promise<void> {
  await run([programs.restore[family], ...(programs.backend === 'legacy' ? ['--wait', '10'] : [])], { input, netns: namespace });
}

/** Reads what iptables-save prints. */
export function parseSaved(text: string): SavedTables {
  const tables = new Map<string, Map<string, string[]>>();
  let table = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      table = new Map();
      tables.set(line.slice(1), table);
    } else if (line.startsWith(':')) {
      table.set(line.slice(1, line.indexOf(' ')), []);
    } else if (line.startsWith('-A ')) {
      const space = line.indexOf(' ', 3);
      const chain = space === -1 ? line.slice(3) : line.slice(3, space);
      table.get(chain)?.push(space === -1 ? '' : line.slice(space + 1));
    }
  }
  return tables;
}

/** A restore was refused because of one line of its input, which changed nothing. */
export class RefusedLine extends Error {
  override readonly name = 'RefusedLine';
  /** Counted from 1. */
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** Applies `input` atomically for each of its tables, leaving what it does not name. Throws RefusedLine or CommandFailed. */
export async function restoreTables(programs: IptablesPrograms, family: EtherType, input: string): Promise<void> {
  try {
    // The legacy backend is guarded by a lock that other programs take too.
    await run([programs.restore[family], '--noflush', ...(programs.backend === 'legacy' ? ['--wait', '10'] : [])], { input });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const line = /line:? (\d+)/i.exec(error.stderr)?.[1];
    if (line === undefined) throw error;
    throw new RefusedLine(Number(line), error.stderr.trim());
  }
}

/**
 * One spelling for rules that mean the same: protocols by number, lower case, comments without quotes.
 * What iptables-save prints differs between backends and versions in these.
 */
export function canonicalRule(rule: string): string {
  return rule
    .replace(/(^| )-p (\S+)/, (_, before: string, protocol: string) => `${before}-p ${protocolsByName().get(protocol) ?? protocol}`)
    .replace(/--comment "?([^"]*)"?(?= |$)/, '--comment $1')
    .toLowerCase();
}

let protocols: ReadonlyMap<string, string> | undefined;

/** The names by which iptables-save may print protocols: its own, and those of /etc/protocols. */
function protocolsByName(): ReadonlyMap<string, string> {
  protocols ??= new Map([
    ...etcProtocols(),
    ['tcp', '6'], ['udp', '17'], ['udplite', '136'], ['icmp', '1'], ['icmpv6', '58'], ['ipv6-icmp', '58'], ['esp', '50'],
    ['ah', '51'], ['ipv6-mh', '135'], ['mh', '135'], ['sctp', '132'], ['dccp', '33'], ['all', '0'],
  ]);
  return protocols;
}

function etcProtocols(): [string, string][] {
  let text = '';
  try {
    text = readFileSync('/etc/protocols', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return text.split('\n').flatMap((line) => {
    const [name, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name === undefined || number === undefined || !/^\d+$/.test(number)) return [];
    return [name, ...aliases].map((alias): [string, string] => [alias, number]);
  });
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Everything of the machine's own network that Neutrino could touch by mistake, as text to compare. */
export async function machineNetwork(): Promise<Readonly<Record<string, string>>> {
  const commands = {
    links: ['ip', '-o', 'link'],
    addresses: ['ip', '-o', 'address'],
    routes: ['ip', 'route', 'show', 'table', 'all'],
    rules: ['ip', 'rule'],
    namespaces: ['ip', 'netns', 'list'],
    sysctls: ['sysctl', '-a', '--pattern', '^net\\.'],
    iptables: ['iptables-save'],
    ip6tables: ['ip6tables-save'],
    nftables: ['nft', 'list', 'ruleset'],
    ipsets: ['ipset', 'list', '-name'],
  };
  const entries = Object.entries(commands).map(async ([name, [program, ...args]]) => [name, stable(await outputOf(program ?? '', args))]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { maxBuffer: 64 * 2 ** 20, env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }).catch(
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  return stdout;
}

/** Without what changes by itself: counters, lifetimes, dates, and the kernel's own running figures. */
function stable(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^#|conntrack_count|random_secret|\.(stable_secret|fib_multipath_hash_seed|tcp_fastopen_key)|^net\.netfilter\.nf_conntrack_(count|expect_count)/.test(line))
    .map((line) => line.replace(/\[\d+:\d+\]/g, '').replace(/(valid_lft|preferred_lft|expires) \d+sec/g, '').trim())
    .join('\n');
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Cloud } from './cloud.ts';
import { tempestConfiguration } from './tempest-configuration.ts';

export interface TempestResult {
  readonly id: string;
  readonly status: 'pass' | 'fail' | 'skip';
  readonly seconds: number;
  /** Traceback, or the reason of a skip. */
  readonly details: string;
}

export interface SuiteOptions {
  /** Which tests, by regular expressions that Tempest's runner understands. */
  readonly select: string;
  readonly concurrency: number;
  /** An empty one. */
  readonly directory: string;
}

const HERE = import.meta.dirname;
// Debian's programs are Python ones; another Python earlier in PATH must not take them over.
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' };

/** Lines of a file beside this one. */
export function linesOf(name: string): readonly string[] {
  return readFileSync(join(HERE, name), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** Runs Debian's Tempest against the cloud. */
export async function runSuite(cloud: Cloud, { select, concurrency, directory }: SuiteOptions): Promise<readonly TempestResult[]> {
  const { authUrl, adminPassword, region } = cloud.keystone;
  const publicNetworkId = await externalNetwork(cloud);
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'tempest.conf'),
    tempestConfiguration({ authUrl, adminPassword, region, publicNetworkId, extensions: linesOf('extensions.txt'), directory }),
  );
  writeFileSync(
    join(directory, '.stestr.conf'),
    '[DEFAULT]\ntest_path=/usr/lib/python3/dist-packages/tempest/test_discover\ntop_dir=/usr/lib/python3/dist-packages\ngroup_regex=([^\\.]*\\.)*\n',
  );
  const env = {
    ...ENVIRONMENT,
    HOME: directory,
    TEMPEST_CONFIG_DIR: directory,
    TEMPEST_CONFIG: 'tempest.conf',
    OS_TEST_TIMEOUT: '600',
    PYTHONPATH: join(HERE, 'without-sleep'),
  };
  const log = openSync(join(directory, 'stestr.out'), 'a');
  const suite = spawn('stestr', ['run', '--concurrency', String(concurrency), select], { cwd: directory, env, stdio: ['ignore', log, log] });
  await once(suite, 'exit');
  const stream = spawn('stestr', ['last', '--subunit'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const reader = spawn('/usr/bin/python3', [join(HERE, 'subunit_results.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  stream.stdout.pipe(reader.stdin);
  const lines = (await text(reader.stdout)).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as TempestResult).toSorted((a, b) => a.id.localeCompare(b.id));
}

/** The network "public", which suites expect of a cloud. */
async function externalNetwork(cloud: Cloud): Promise<string> {
  const { network } = (await cloud.network('POST', '/networks', {
    network: { name: 'public', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'public' },
  })) as { network: { id: string } };
  const subnets = [
    { name: 'public-subnet', ip_version: 4, cidr: '172.24.4.0/24', gateway_ip: '172.24.4.1' },
    { name: 'ipv6-public-subnet', ip_version: 6, cidr: '2001:db8::/64', gateway_ip: '2001:db8::2' },
  ];
  for (const subnet of subnets) await cloud.network('POST', '/subnets', { subnet: { ...subnet, network_id: network.id, enable_dhcp: false } });
  return network.id;
}

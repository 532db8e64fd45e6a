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
  /** Of those, all but these. */
  readonly without?: readonly string[];
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
export async function runSuite(cloud: Cloud, { select, without = [], concurrency, directory }: SuiteOptions): Promise<readonly TempestResult[]> {
  const { authUrl, adminPassword, region } = cloud.keystone;
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'tempest.conf'),
    tempestConfiguration({ authUrl, adminPassword, region, publicNetworkId: cloud.publicNetworkId, extensions: linesOf('extensions.txt'), directory }),
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
  writeFileSync(join(directory, 'without'), without.map((id) => `${id.replaceAll('.', String.raw`\.`)}\n`).join(''));
  const log = openSync(join(directory, 'stestr.out'), 'a');
  const suite = spawn('stestr', ['run', '--concurrency', String(concurrency), '--exclude-list', 'without', select], { cwd: directory, env, stdio: ['ignore', log, log] });
  await once(suite, 'exit');
  const stream = spawn('stestr', ['last', '--subunit'], { cwd: directory, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const reader = spawn('/usr/bin/python3', [join(HERE, 'subunit_results.py')], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  stream.stdout.pipe(reader.stdin);
  const lines = (await text(reader.stdout)).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as TempestResult).toSorted((a, b) => a.id.localeCompare(b.id));
}

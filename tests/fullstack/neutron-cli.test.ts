import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCloud } from '@neutrino/allinone/cloud-files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { neutrinoService, root, type NeutrinoService } from '../support/neutrino-service.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('neutron', { timeout: 600_000 }, () => {
  let service: NeutrinoService;
  const run = (args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(join(root, 'bin/neutron'), [...args], { env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...variables } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const neutron = (...args: readonly string[]): Promise<Ended> => run(args, { OS_CLIENT_CONFIG_FILE: service.state.cloudsYaml, OS_CLOUD: 'neutrino' });
  const json = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await neutron(...args, '-f', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    service = await neutrinoService();
    await service.up();
  }, 300_000);
  afterAll(async () => service[Symbol.asyncDispose]());

  test('scripts for the old client run: its commands, positions and flags', async () => {
    expect(await json('net-create', '--shared', 'blue', '--provider:network_type', 'vxlan')).toMatchObject({ name: 'blue', shared: true, 'provider:network_type': 'vxlan' });
    expect(await json('subnet-create', 'blue', '10.1.0.0/24', '--name', 'blue4', '--gateway', '10.1.0.254', '--allocation-pool', 'start=10.1.0.10,end=10.1.0.20',
      '--dns-nameserver', '10.1.0.2', '--dns-nameserver', '10.1.0.3', '--host-route', 'destination=10.9.0.0/16,nexthop=10.1.0.9', '--disable-dhcp')).toMatchObject({
      ip_version: 4, gateway_ip: '10.1.0.254', enable_dhcp: false, dns_nameservers: ['10.1.0.2', '10.1.0.3'],
      allocation_pools: [{ start: '10.1.0.10', end: '10.1.0.20' }], host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.1.0.9' }],
    });
    expect(await json('security-group-create', 'web')).toMatchObject({ name: 'web' });
    expect(await json('security-group-rule-create', 'web', '--direction', 'ingress', '--protocol', 'tcp', '--port-range-min', '80', '--port-range-max', '81', '--remote-group-id', 'web')).toMatchObject({ port_range_max: 81, protocol: 'tcp' });
    expect(await json('port-create', 'blue', '--name', 'p1', '--fixed-ip', 'subnet_id=blue4,ip_address=10.1.0.15', '--security-group', 'web', '--extra-dhcp-opt', 'opt_name=mtu,opt_value=1400')).toMatchObject({
      fixed_ips: [{ ip_address: '10.1.0.15' }], extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400' }],
    });
    expect(await json('port-update', 'p1', '--no-security-groups', '--admin-state-up', 'False')).toMatchObject({ security_groups: [], admin_state_up: false });
    expect(await json('net-list', '--', '--name', 'blue')).toHaveLength(1);
    expect(await json('ext-show', 'quotas')).toMatchObject({ alias: 'quotas' });
    expect(await json('quota-update', '--port', '7')).toMatchObject({ port: 7 });
    expect((await neutron('tag-add', '--resource-type', 'network', '--resource', 'blue', '--tag', 'sea')).code).toBe(0);
    expect((await neutron('agent-list')).stdout).toMatch(/neutron-dhcp-agent/);
  });

  test('the new words do the same', async () => {
    expect(await json('network', 'create', 'red', '--external', '--disable-port-security')).toMatchObject({ name: 'red', 'router:external': true, port_security_enabled: false });
    expect(await json('subnet', 'create', 'red6', '--network', 'red', '--cidr', 'fd00:1::/64', '--no-gateway')).toMatchObject({ ip_version: 6, gateway_ip: null });
    expect(await json('port', 'list', '--network', 'blue', '-c', 'name')).toEqual([{ name: 'p1' }]);
    expect(await json('network', 'list', '--tags', 'sea', '-c', 'name')).toEqual([{ name: 'blue' }]);
    expect(await json('network', 'list', '--page-size', '1', '--sort-key', 'name', '-c', 'name')).toEqual([{ name: 'blue' }, { name: 'red' }]);
    expect((await neutron('network', 'list', '--sort-key', 'name', '-c', 'name')).stdout).toBe('+------+\n| name |\n+------+\n| blue |\n| red  |\n+------+\n');
  });

  test("openstack's words work: lists grow with set and shrink with unset, and tags go with their object", async () => {
    expect(await json('network', 'create', 'green', '--tag', 'grass', '--tag', 'leaf')).toMatchObject({ name: 'green', tags: ['grass', 'leaf'] });
    expect(await neutron('network', 'set', 'green', '--tag', 'moss', '--description', 'wet')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await neutron('network', 'unset', 'green', '--tag', 'grass')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await json('network', 'show', 'green', '--fields', 'name,tags,description')).toEqual({ name: 'green', tags: ['leaf', 'moss'], description: 'wet' });
    expect((await neutron('network', 'set', 'green', '--no-tag', '--tag', 'fir')).code).toBe(0);
    expect(await json('network', 'list', '--any-tags', 'fir,oak', '--fields', 'name,tags')).toEqual([{ name: 'green', tags: ['fir'] }]);

    await json('subnet', 'create', 'green4', '--network', 'green', '--subnet-range', '10.2.0.0/24', '--dns-nameserver', '10.2.0.2');
    expect((await neutron('subnet', 'set', 'green4', '--dns-nameserver', '10.2.0.3')).code).toBe(0);
    expect((await neutron('subnet', 'unset', 'green4', '--dns-nameserver', '10.2.0.2')).code).toBe(0);
    expect(await json('subnet', 'show', 'green4', '-c', 'dns_nameservers')).toEqual({ dns_nameservers: ['10.2.0.3'] });

    await json('security', 'group', 'create', 'ssh');
    expect(await json('security', 'group', 'rule', 'create', 'ssh', '--protocol', 'tcp', '--dst-port', '22:23', '--remote-ip', '10.0.0.0/8')).toMatchObject({ direction: 'ingress', port_range_min: 22, port_range_max: 23 });
    expect(await json('security', 'group', 'rule', 'list', 'ssh', '--ingress', '-c', 'protocol')).toEqual([{ protocol: 'tcp' }]);
    await json('port', 'create', 'p2', '--network', 'green', '--fixed-ip', 'subnet=green4,ip-address=10.2.0.10', '--security-group', 'ssh');
    expect((await neutron('port', 'set', 'p2', '--fixed-ip', 'subnet=green4,ip-address=10.2.0.11', '--device', 'vm')).code).toBe(0);
    expect((await neutron('port', 'unset', 'p2', '--fixed-ip', 'ip-address=10.2.0.10', '--security-group', 'ssh', '--device')).code).toBe(0);
    expect(await json('port', 'show', 'p2', '--fields', 'fixed_ips,security_groups,device_id')).toMatchObject({ fixed_ips: [{ ip_address: '10.2.0.11' }], security_groups: [], device_id: '' });
    expect((await neutron('port', 'delete', 'p2')).code).toBe(0);
    expect((await neutron('network', 'agent', 'list', '--long')).stdout).toContain('neutron-dhcp-agent');
    expect((await neutron('network', 'list-dhcp-agents', 'green')).code).toBe(0);
    expect(await json('ip', 'availability', 'show', 'green', '-c', 'network_name')).toEqual({ network_name: 'green' });
    await json('subnet', 'pool', 'create', 'pool', '--pool-prefix', '10.128.0.0/16');
    expect(await json('subnet', 'pool', 'add-prefixes', 'pool', '--prefixes', '10.129.0.0/16')).toMatchObject({ prefixes: expect.any(Array) });
    expect(await json('network', 'rbac', 'create', 'green', '--type', 'network', '--action', 'access_as_shared', '--target-all-projects')).toMatchObject({ target_tenant: '*' });
    expect((await neutron('net-delete', 'green')).code).toBe(0);
  });

  test('completion and a way without login', async () => {
    expect((await run(['completion', 'words', '--', 'security', 'group', 'rule', 'c'], {})).stdout).toBe('create\n');
    const bash = (await run(['completion', 'bash'], {})).stdout;
    const words = await new Promise<string>((resolve) => {
      const script = `${bash}\nCOMP_WORDS=(neutron subnet cr); COMP_CWORD=2; _neutron; echo "\${COMPREPLY[@]}"`;
      execFile('bash', ['-c', script], { env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin` } }, (_, stdout) => resolve(stdout));
    });
    expect(words).toBe('create\n');
    expect(await run(['--os-auth-type', 'none', 'net-list'], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('OS_ENDPOINT') });
  });

  test('exit statuses and standard error tell failures apart', async () => {
    expect(await neutron('net-show', 'green')).toEqual({ code: 3, stdout: '', stderr: 'neutron: there is no network "green"\n' });
    expect(await neutron('port-create')).toEqual({ code: 2, stdout: '', stderr: 'neutron: missing: --network\n' });
    expect(await neutron('port-crate')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown command 'port-crate'") });
    expect(await neutron('subnet-create', 'blue', '10.1.0.0/24')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^neutron: InvalidInput: .*overlaps.* \(request req-[0-9a-f-]{36}\)\n$/) });
    expect(await run(['net-list'], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('how to log in is not known') });
    expect(await run(['--os-endpoint', 'http://127.0.0.1:9', 'net-list'], {})).toMatchObject({ code: 4, stderr: expect.stringContaining('no answer from http://127.0.0.1:9') });
    // One that fails does not keep the others.
    expect(await neutron('net-delete', 'green', 'red')).toEqual({ code: 3, stdout: 'Deleted network: red\n', stderr: 'neutron: there is no network "green"\n' });
  });

  test('--config-file logs in as nova.conf does, and --debug shows no secret', async () => {
    const cloud = readCloud(service.state, 'neutrino');
    const nova = join(service.state.path, 'nova.conf');
    writeFileSync(nova, `[DEFAULT]\nmy_ip = 10.0.0.1\n[neutron]\nauth_url = ${cloud.authUrl}\nauth_type = password\nusername = admin\npassword = ${cloud.password.replaceAll('$', '$$$$')}\nproject_name = admin\nuser_domain_name = Default\nproject_domain_name = Default\nregion_name = RegionOne\n`);
    const { code, stdout, stderr } = await run(['--debug', '--config-file', nova, 'net-list', '-f', 'value', '-c', 'name'], {});
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'blue\n' });
    expect(stderr).toMatch(/^curl -g -i -X POST 'http:.*\/v3\/auth\/tokens' .* -d '.*"password":"\*\*\*"/);
    expect(stderr).toMatch(/\/v2\.0\/networks\?' .*-H 'X-Auth-Token: \*\*\*'\n {2}200 after/);
    expect(stderr).not.toContain(cloud.password);
    expect(await run(['--config-file', '/nonexistent.conf', 'net-list'], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('/nonexistent.conf') });
  });

  test('who reads only the first line does no harm', async () => {
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
      execFile('sh', ['-c', `'${join(root, 'bin/neutron')}' ext-list | head -1`], { env: { PATH: '/usr/bin:/bin', OS_CLIENT_CONFIG_FILE: service.state.cloudsYaml, OS_CLOUD: 'neutrino' } }, (_, out, err) => resolve({ stdout: out, stderr: err }));
    });
    expect({ lines: stdout.split('\n').length, stderr }).toEqual({ lines: 2, stderr: '' });
  });
});

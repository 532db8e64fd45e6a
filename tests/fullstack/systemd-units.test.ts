import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root as project } from '../../scripts/config-files.ts';
import { requires, systemdHosts, type Capability } from '../support/capabilities.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { openLabHosts, type LabHosts } from '../support/hosts/lab-hosts.ts';
import { installFiles } from '../support/hosts/neutron-programs.ts';
import { runProgram } from '../support/run-program.ts';

/** The units keep homes and /tmp from their programs. */
const outsideOfPrivateFolders: Capability = { missing: () => (/^\/(root|home|tmp)\//.test(project) ? 'needs the project outside of /root, /home and /tmp' : undefined) };

const UNITS = ['neutron-server', 'neutron-linuxbridge-agent', 'neutron-dhcp-agent', 'neutron-l3-agent', 'neutron-metadata-agent'];

// Database and broker are away: a unit runs on, and its program waits for them.
describe('the units of systemd on the controller of the example', requires(systemdHosts, outsideOfPrivateFolders), () => {
  let lab: LabHosts;
  let controller: LabHost;

  const systemctl = async (...args: readonly string[]): Promise<string> => (await controller.run(['systemctl', ...args], { accept: [1, 3], timeoutMs: 90_000 })).stdout.trim();
  const property = (unit: string, name: string): Promise<string> => systemctl('show', '-p', name, '--value', unit);

  beforeAll(async () => {
    // Where it is built already, it stays as it is: other tests run what is built.
    await runProgram([join(project, 'scripts/build.sh'), 'packages/server/dist/cmd/neutron-server.js'], { PATH: process.env['PATH'] ?? '' });
    lab = await openLabHosts(1, { init: 'systemd' });
    [controller] = lab.hosts as [LabHost];
    await installFiles(controller, 'controller');
    // The example has no routers.
    controller.write('/etc/neutron/l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
    // As docs/install.md has it, but for where the launchers are.
    for (const unit of readdirSync(join(project, 'etc/systemd'))) controller.write(`/etc/systemd/system/${unit}`, readFileSync(join(project, 'etc/systemd', unit), 'utf8').replace('/usr/local/bin/', `${project}/bin/`));
    controller.write('/etc/tmpfiles.d/neutron.conf', readFileSync(join(project, 'etc/tmpfiles.d/neutron.conf'), 'utf8'));
    await controller.run(['sh', '-c', 'id -u neutron >/dev/null 2>&1 || useradd --system --home-dir /var/lib/neutron --shell /usr/sbin/nologin neutron']);
    await controller.run(['systemd-tmpfiles', '--create', 'neutron.conf']);
    await controller.run(['sh', '-c', 'chgrp -R neutron /etc/neutron && chmod -R o-rwx /etc/neutron']);
  }, 240_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  test('start every program', async () => {
    await expect.poll(() => systemctl('is-system-running'), { timeout: 60_000 }).toBe('running');
    await systemctl('daemon-reload');
    await systemctl('enable', '--now', ...UNITS);
    await expect.poll(() => existsSync(controller.path('/var/lib/neutron/metadata_proxy')), { timeout: 60_000 }).toBe(true);
    await expect.poll(async () => await Promise.all(UNITS.map((unit) => property(unit, 'ActiveState'))), { timeout: 60_000 }).toEqual(UNITS.map(() => 'active'));
    expect(await Promise.all(UNITS.map((unit) => property(unit, 'NRestarts')))).toEqual(UNITS.map(() => '0'));
  }, 300_000);

  test('run the server as one who is no root, and leave the folders that it has in common with the agents to it', async () => {
    const pid = await property('neutron-server', 'MainPID');
    expect((await controller.run(['ps', '-o', 'user=', '-p', pid])).stdout.trim()).toBe('neutron');
    expect((await controller.run(['stat', '-c', '%U', '/var/lib/neutron', '/var/log/neutron'])).stdout).toBe('neutron\nneutron\n');
  });

  test('bring back a program that was killed', async () => {
    for (const unit of UNITS) await systemctl('kill', '-s', 'KILL', '--kill-who=main', unit);
    await expect.poll(async () => await Promise.all(UNITS.flatMap((unit) => [property(unit, 'NRestarts'), property(unit, 'ActiveState')])), { timeout: 60_000 }).toEqual(UNITS.flatMap(() => ['1', 'active']));
  }, 240_000);

  test('stop them in good order', async () => {
    await systemctl('stop', ...UNITS);
    expect(await Promise.all(UNITS.map((unit) => property(unit, 'Result')))).toEqual(UNITS.map(() => 'success'));
  }, 120_000);

  test('do not start a program again and again whose file is wrong', async () => {
    const file = '/etc/neutron/neutron.conf';
    controller.write(file, controller.read(file).replace('[DEFAULT]', '[DEFAULT]\nbind_port = many'));
    await systemctl('reset-failed');
    await systemctl('start', 'neutron-server');
    await expect.poll(() => property('neutron-server', 'ActiveState'), { timeout: 60_000 }).toBe('failed');
    expect(await Promise.all(['ExecMainStatus', 'NRestarts'].map((name) => property('neutron-server', name)))).toEqual(['2', '0']);
  }, 120_000);

  test('let the server answer when it has its database', async () => {
    const file = '/etc/neutron/neutron.conf';
    controller.write(file, controller.read(file).replace('bind_port = many\n', '').replace(/^connection = .*$/m, 'connection = sqlite:////var/lib/neutron/neutron.sqlite'));
    const manage = [join(project, 'bin/neutron-db-manage'), '--config-file', file, '--config-file', '/etc/neutron/plugins/ml2/ml2_conf.ini', 'upgrade', 'head'];
    await controller.run(['setpriv', '--reuid=neutron', '--regid=neutron', '--init-groups', 'env', 'HOME=/var/lib/neutron', ...manage], { timeoutMs: 90_000 });
    await systemctl('reset-failed');
    await systemctl('start', 'neutron-server');
    await expect.poll(async () => (await controller.run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://127.0.0.1:9696/'], { accept: [7] })).stdout, { timeout: 90_000 }).toBe('200');
    expect(await property('neutron-server', 'NRestarts')).toBe('0');
  }, 240_000);
});

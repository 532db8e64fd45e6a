import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostNamespaces, requires } from '../capabilities.ts';
import { machineNetwork } from '../machine-network.ts';
import { startService } from './host-service.ts';
import type { LabHost } from './lab-host.ts';
import { openLabHosts, type LabHosts } from './lab-hosts.ts';
import { openRelay } from './relay.ts';

/** Nobody else on this machine sleeps for so long, nor did who ran this before. */
const seconds = (whole: number): string => `${whole}.${process.pid}`;

describe('hosts on one underlay', requires(hostNamespaces), () => {
  let lab: LabHosts;
  let one: LabHost;
  let two: LabHost;
  let before: Readonly<Record<string, string>>;
  beforeAll(async () => {
    before = await machineNetwork();
    lab = await openLabHosts(2);
    [one, two] = lab.hosts as [LabHost, LabHost];
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test('each is named, and reaches the others by name, IPv4 and IPv6', async () => {
    expect((await one.run(['hostname'])).stdout.trim()).toBe('linux-node1');
    for (const target of ['linux-node1', '192.168.56.11', 'fd00:56::11', '192.168.56.1', 'fd00:56::1']) await two.run(['ping', '-n', '-c1', '-W30', target]);
  });

  test('files below /etc, /var and /run are their own', async () => {
    one.write('/etc/neutron/neutron.conf', '[DEFAULT]\n');
    await one.run(['sh', '-c', 'echo x >/run/mine; mkdir -p /var/lib/neutron; echo y >/var/lib/neutron/mine']);
    expect(one.read('/etc/neutron/neutron.conf')).toBe('[DEFAULT]\n');
    expect(one.read('/var/lib/neutron/mine')).toBe('y\n');
    for (const file of ['/run/mine', '/var/lib/neutron/mine']) {
      expect(existsSync(two.path(file))).toBe(false);
      expect(existsSync(file)).toBe(false);
    }
  });

  test('processes of one are not seen on another, and those left behind are reaped', async () => {
    await using sleeper = await one.start('sleeper', ['sleep', seconds(1001)]);
    expect((await one.run(['ps', '-e', '-o', 'args'])).stdout).toContain(`sleep ${seconds(1001)}`);
    expect((await two.run(['ps', '-e', '-o', 'args'])).stdout).not.toContain(`sleep ${seconds(1001)}`);
    expect(readFileSync(`/proc/${sleeper.pid}/cmdline`, 'utf8')).toContain(seconds(1001));
    await one.run(['sh', '-c', 'sh -c "sleep 0.01 &"']);
    await expect.poll(async () => (await one.run(['ps', '-e', '-o', 'stat'])).stdout).not.toContain('Z');
  });

  test('a cable can be pulled, and put back', async () => {
    await two.cut();
    await expect(two.run(['ping', '-n', '-c1', '-W1', one.address])).rejects.toThrow('ping');
    await expect.poll(async () => (await two.run(['ip', '-br', 'link', 'show', 'eth0'])).stdout).toContain('NO-CARRIER');
    await two.heal();
    await two.run(['ping', '-n', '-c1', '-W30', one.address]);
  });

  test('a program is told, stopped and killed by itself, not by what entered the host', async () => {
    const loop = ['bash', '-c', 'trap "echo told; exit 3" TERM; echo ready; while :; do sleep 0.05; done'];
    const polite = await one.start('loop', loop);
    await polite.says('ready');
    expect(await polite.stop()).toBe(3);
    expect(polite.output()).toBe('ready\ntold\n');
    expect(one.read('/var/log/loop.out')).toBe('ready\ntold\n');
    const killed = await one.start('loop', loop);
    await killed.says('ready');
    expect(killed.output()).toBe('ready\n');
    await killed.kill();
    expect(existsSync(`/proc/${killed.pid}`)).toBe(false);
  });

  test('a service that ends although nobody ended it is told of, with its last words', async () => {
    const program = 'process.on("SIGUSR2", () => { console.log("last words"); process.exit(7); }); require("net").createServer().listen(81)';
    const service = await startService(one, 'service', [process.execPath, '-e', program], { ports: [81] });
    expect(await service.unaskedEnd()).toBeUndefined();
    service.program.signal('SIGUSR2');
    await service.program.ended();
    expect(await service.unaskedEnd()).toMatch(/^service on linux-node1 has ended, with status 7[^]*last words/);
    await service.start();
    await service.kill();
    expect(await service.unaskedEnd()).toBeUndefined();
  });

  test('programs outside speak with those on a host through a relay', async () => {
    using relay = openRelay(two);
    await using _server = await one.start('web', [process.execPath, '-e', 'require("http").createServer((q, r) => r.end(q.socket.remoteAddress)).listen(80, "192.168.56.11")']);
    const port = await relay.to(one.address, 80);
    await expect.poll(async () => await (await fetch(`http://127.0.0.1:${port}/`)).text().catch(String)).toBe('192.168.56.12');
  });

  test('a host without power is gone, with all that ran on it', async () => {
    await using other = await openLabHosts(1);
    const [host] = other.hosts as [LabHost];
    const program = await host.start('sleeper', ['sleep', seconds(1002)]);
    await host.run(['sh', '-c', `setsid sleep ${seconds(1003)} >/dev/null 2>&1 &`]);
    await host.powerOff();
    await program.ended();
    await expect(host.run(['true'])).rejects.toThrow('nsenter');
    expect(running(seconds(1002))).toBe(false);
    expect(running(seconds(1003))).toBe(false);
  });

  test('nothing outlives a process that is killed, and the machine itself is untouched', async () => {
    const module = new URL('lab-hosts.ts', import.meta.url).href;
    const script = `import { openLabHosts } from '${module}'; const lab = await openLabHosts(2); await lab.hosts[1].run(['sh', '-c', 'setsid sleep ${seconds(1004)} >/dev/null 2>&1 &']); console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--conditions=neutrino-source', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(child.stdout, 'data');
      await expect.poll(() => running(seconds(1004))).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
    await expect.poll(() => running(seconds(1004)), { timeout: 60_000 }).toBe(false);
    expect(await machineNetwork()).toEqual(before);
  });
});

/** Whether anybody on this machine sleeps for so long. */
function running(seconds: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingExtensions, configuredSettings } from '@neutrino/agent/l2/configured-settings';
import { linuxBridgeSections } from '@neutrino/agent/conf/sections';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startProgram, type NodeProgram } from '../../support/node-program.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface Started extends AsyncDisposable {
  readonly program: NodeProgram;
  readonly url: string;
  /** The warnings that it logs, without time and place. */
  readonly warnings: () => readonly string[];
  get(path: string): Promise<Response>;
}

/**
 * Starts the server with an installation's files. What no test has is put in their place: the database is SQLite, nobody checks callers; the
 * broker of the files is not there.
 */
async function start(folder: string, change?: (text: string) => string): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory());
  const port = await freePort();
  const files = ['neutron.conf', 'ml2_conf.ini'].map((name) => {
    const text = readFileSync(join(import.meta.dirname, folder, name), 'utf8');
    const ours: readonly (readonly [RegExp, string])[] = [
      [/^(\[DEFAULT\])$/m, `$1\nhost = controller\nbind_host = 127.0.0.1\nbind_port = ${port}`],
      [/^auth_strategy = .*$/m, 'auth_strategy = noauth'],
      [/^connection = .*$/m, `connection = sqlite:///${directory.path}/neutron.sqlite`],
      [/^policy_file = .*$/m, `policy_file = ${directory.path}/policy.yaml`],
      [/^state_path = .*$/m, `state_path = ${directory.path}`],
      [/^transport_url = .*$/m, 'transport_url = rabbit://openstack:hunter2@127.0.0.1:1/'],
    ];
    const path = join(directory.path, name);
    const withOurs = name === 'neutron.conf' ? ours.reduce((done, [pattern, value]) => done.replace(pattern, value), text.replace(/^bind_(host|port) = .*\n/gm, '')) : text;
    writeFileSync(path, change?.(withOurs) ?? withOurs);
    return path;
  });
  writeFileSync(join(directory.path, 'policy.yaml'), '{}\n');
  const args = files.flatMap((file) => ['--config-file', file]);
  // A file that was spoilt stops the start before the database is asked.
  await using migration = change === undefined ? startProgram('@neutrino/server/cmd/neutron-db-manage', [...args, 'upgrade', 'heads']) : undefined;
  await migration?.ended();
  const program = stack.use(startProgram('@neutrino/server/cmd/neutron-server', args));
  const owned = stack.move();
  return {
    program,
    url: `http://127.0.0.1:${port}`,
    warnings: () =>
      program
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { readonly level: number; readonly msg: string })
        .filter(({ level }) => level === 40)
        .map(({ msg }) => msg.replace(/^\/\S+\/(?=[^/]+:\d+:)/, '')),
    get: (path) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'X-Project-Id': 'p' } }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const aliases = async (server: Started): Promise<readonly string[]> =>
  ((await (await server.get('/v2.0/extensions')).json()) as { readonly extensions: readonly { readonly alias: string }[] }).extensions.map(({ alias }) => alias);

describe('the server starts from the files of a whole installation', () => {
  test('of the Zed release, with every service: what is not there yet is one warning and no extension', async () => {
    await using server = await start('zed');
    await server.program.says('the network API answers');
    const advertised = await aliases(server);
    expect(advertised).toEqual(expect.arrayContaining(['agent', 'port-security', 'standard-attr-tag', 'standard-attr-timestamp', 'standard-attr-revisions', 'agent-resources-synced']));
    const warnings = server.warnings();
    for (const [service, alias] of [['router', 'router'], ['metering', 'metering'], ['trunk', 'trunk'], ['qos', 'qos']] as const) {
      const about = warnings.filter((warning) => warning.startsWith(`[DEFAULT] service_plugins: ${service} is not available yet`));
      expect({ service, warned: about.length > 0, more: about.length > 1 }).toEqual({ service, warned: !advertised.includes(alias), more: false });
    }
    expect(warnings.filter((warning) => warning.includes('unknown'))).toEqual([]);
    expect(server.program.output()).not.toContain('hunter2');
    expect(await server.program.stop()).toBe(0);
  });

  test('of the Newton release, without a service: tags, timestamps and revisions are there, routers are not', async () => {
    await using server = await start('../../../etc/examples/two-hosts/controller');
    await server.program.says('the network API answers');
    const advertised = await aliases(server);
    expect(advertised).toEqual(expect.arrayContaining(['standard-attr-tag', 'standard-attr-timestamp', 'standard-attr-revisions']));
    expect(advertised).not.toContain('router');
    expect(server.warnings().filter((warning) => warning.includes('is not available'))).toEqual([]);
    // The broker is away, and the API answers.
    const made = await fetch(`${server.url}/v2.0/networks`, { method: 'POST', headers: { 'X-Project-Id': 'p', 'Content-Type': 'application/json' }, body: JSON.stringify({ network: { 'provider:network_type': 'flat', 'provider:physical_network': 'provider' } }) });
    expect(made.status).toBe(201);
    expect(await server.program.stop()).toBe(0);
  });

  test.each([
    ['mechanism_drivers = linuxbridge', 'mechanism_drivers = linuxbrigde', '[ml2] mechanism_drivers: there is no "linuxbrigde"; did you mean linuxbridge?'],
    ['type_drivers = flat,vlan', 'type_drivers = flat,vlans', '[ml2] type_drivers: there is no "vlans"; did you mean vlan?'],
    ['extension_drivers = port_security', 'extension_drivers = port_safety', '[ml2] extension_drivers: there is no "port_safety"'],
    ['service_plugins =', 'service_plugins = rooter', '[DEFAULT] service_plugins: there is no service "rooter"; did you mean router?'],
    ['core_plugin = ml2', 'core_plugin = ml3', '[DEFAULT] core_plugin'],
    ['rabbit://', 'amqps://', '[DEFAULT] transport_url: there is no transport "amqps"'],
  ])('not where "%s" is written "%s"', async (right, wrong, reason) => {
    await using server = await start('../../../etc/examples/two-hosts/controller', (text) => text.replace(right, wrong));
    expect(await server.program.ended()).toBeGreaterThan(0);
    expect(server.program.output().replaceAll('\\"', '"')).toContain(reason);
  });
});

test('the Linux bridge agent of the Zed release: its extension is one warning, its settings are whole', () => {
  const { values } = loadConfig(linuxBridgeSections, { configFiles: ['neutron.conf', 'linuxbridge_agent.ini'].map((name) => join(import.meta.dirname, 'zed', name)), configDirs: [] });
  expect(missingExtensions(values)).toEqual(['[agent] extensions: qos is not available yet; it is left out']);
  expect(configuredSettings(values)).toMatchObject({ physicalInterfaceMappings: new Map([['public', 'phy0'], ['foo', 'phy1']]), firewall: { enabled: true, ipset: true } });
});

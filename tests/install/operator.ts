import { strict as assert } from 'node:assert';
import { block, commands, wordsBetween } from './page.ts';
import { shell } from './steps.ts';

/** What the page has an operator do, with the page's own commands. */

/** This machine has packages of Debian's Neutron, and may have keys of a Keystone; an operator's does not. What other packages brought is as they left it. */
export async function likeANewMachine(services: readonly string[]): Promise<void> {
  await shell(`userdel neutron 2>/dev/null || true; groupdel neutron 2>/dev/null || true
    rm -rf /etc/neutron /var/lib/neutron /var/log/neutron /usr/bin/neutron-* /lib/systemd/system/neutron-* /etc/keystone/fernet-keys /etc/keystone/credential-keys
    systemctl daemon-reload
    ${services.length === 0 ? '' : `systemctl enable --now ${services.join(' ')}`}`);
}

export async function everyHost(): Promise<void> {
  await shell(commands('Every host', 'useradd'));
}

export async function databaseAndBroker(): Promise<void> {
  await shell(commands('The controller', 'bind-address'));
  await shell('mariadb', { input: block('The controller', 'create database neutron').text });
  await shell(commands('The controller', 'rabbitmqctl'));
}

/** As Keystone's guide has it, which the page repeats. One process of it is enough for an emulated processor. */
export async function setUpKeystone(): Promise<void> {
  // Its package starts it, to no end before it has a database.
  await shell(`systemctl enable keystone; sed -i 's/^processes = .*/processes = 1/; s/^threads = .*/threads = 4/' /etc/keystone/keystone-uwsgi.ini`);
  await shell(commands('The controller', 'keystone-manage'));
}

export async function enterIntoKeystone(): Promise<void> {
  await openstack(commands('The controller', 'openstack endpoint create'));
}

/**
 * Commands of the page that call `openstack`. One process of it does them all, as it does what it reads: each would take an emulated processor half a
 * minute. What is wrong with one of them is printed, and later steps miss what it should have made.
 */
async function openstack(text: string): Promise<void> {
  await shell(`openstack() { printf '%q ' "$@"; echo; }\n(${text}\n) | command openstack >&2`, { env: administrator });
}

const administrator: Readonly<Record<string, string>> = Object.fromEntries(
  [...block('The controller', 'OS_AUTH_URL').text.matchAll(/(OS_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
);

/** Resolves with the last line, in which the page says what the check of the files tells. */
export async function files(): Promise<void> {
  const shown = await shell(commands('The controller', 'config check'));
  assert.equal(shown.trim().split('\n').at(-1), wordsBetween('The last line tells', '`physical_interface_mappings')[0]);
}

export async function tables(): Promise<void> {
  await shell(tablesAndServices().replace(/^systemctl .*$/m, ''));
}

export async function startServices(): Promise<void> {
  await shell(/^systemctl .*$/m.exec(tablesAndServices())?.[0] ?? 'false');
}

const tablesAndServices = (): string => commands('The controller', 'upgrade head');

/** The table of agents that the page shows, without the other host's, and what is shown here. */
export async function agentTables(): Promise<{ readonly page: readonly string[]; readonly shown: readonly string[] }> {
  const { text } = block('Verification', 'agent-list');
  const rows = (table: string): readonly string[] => table.split('\n').filter((line) => line.startsWith('| ')).toSorted();
  const command = /^\$ (neutron agent-list.*)$/m.exec(text)?.[1] ?? 'false';
  return { page: rows(text).filter((line) => !line.includes('linux-node2')), shown: rows(await shell(command, { env: administrator })) };
}

/** Which of the page's extensions `neutron ext-list` does not show. */
export async function missingExtensions(): Promise<readonly string[]> {
  const wanted = wordsBetween('The second shows the extensions', 'and more. `neutron`');
  assert.equal(wanted.length, 29);
  const shown = await shell('neutron ext-list', { env: administrator });
  const aliases = new Set([...shown.matchAll(/^\| ([\w-]+) +\|/gm)].map(([, alias]) => alias));
  return wanted.filter((alias) => !aliases.has(alias));
}

export async function providerNetwork(): Promise<void> {
  await openstack(commands('Verification', 'openstack network create'));
}


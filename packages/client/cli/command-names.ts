import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Command } from 'commander';

/** What openstack calls resources, where it is not their own words. */
const NEW_NAMES: Readonly<Record<string, readonly string[]>> = {
  agents: ['network', 'agent'],
  subnetpools: ['subnet', 'pool'],
  rbac_policies: ['network', 'rbac'],
  flavors: ['network', 'flavor'],
  service_profiles: ['network', 'flavor', 'profile'],
  service_providers: ['network', 'service', 'provider'],
  network_ip_availabilities: ['ip', 'availability'],
};

/** What the old client called them, where it is not their own words joined by dashes. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  networks: 'net',
  rbac_policies: 'rbac',
  service_profiles: 'flavor-profile',
  network_ip_availabilities: 'net-ip-availability',
};

/** The words of a resource's commands: `security group rule`; of what hangs on another, those of that before: `port binding`. */
export function newName({ collection, resource, parent }: ResourceDeclaration): readonly string[] {
  const own = parent === undefined && Object.hasOwn(NEW_NAMES, collection) ? (NEW_NAMES[collection] ?? []) : resource.split(/[_-]/);
  return parent === undefined ? own : [...newName({ collection: parent.collection, resource: parent.resource, attributes: {} }), ...own];
}

/** `net`, as in net-list. */
export function oldName({ collection, resource, parent }: ResourceDeclaration): string {
  const own = parent === undefined && Object.hasOwn(OLD_NAMES, collection) ? (OLD_NAMES[collection] ?? '') : resource.replaceAll('_', '-');
  return parent === undefined ? own : `${oldName({ collection: parent.collection, resource: parent.resource, attributes: {} })}-${own}`;
}

/** The group of commands under these words, made where it is not there yet. */
export function groupAt(program: Command, words: readonly string[], { hidden = false } = {}): Command {
  return words.reduce<Command>((at, word) => at.commands.find((command) => command.name() === word) ?? at.command(word, { hidden }), program);
}

/** Says in a group's help what can be done, once all its commands are there. */
export function describeGroups(command: Command): void {
  for (const group of command.commands.filter(({ commands }) => commands.length > 0)) {
    describeGroups(group);
    group.description(group.commands.map((each) => each.name()).filter((name) => name !== 'help').join(', '));
  }
}

import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';
import { NEW_POSITIONALS, OLD_POSITIONALS } from './attribute-flags.ts';
import { addAttributeOptions, additionsOf, bodyOf, flagsOf, isRequired } from './attribute-options.ts';
import { attributeValue, emptyValue, mayBeNull } from './attribute-values.ts';
import { withItems, withoutItems } from './change-lists.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { groupAt, newName, oldName } from './command-names.ts';
import { inWords, objectIn } from './find-by-name.ts';
import { defineList } from './list-command.ts';
import { collectionAt, objectAt, parentArguments } from './object-path.ts';
import { append, objectText, withPrinting, type Printing } from './printing.ts';
import { resolveReferences } from './references.ts';
import { tagOptions } from './tag-options.ts';

const EVERY_OPERATION = ['list', 'show', 'create', 'update', 'delete'] as const;

/**
 * Adds what can be done with a resource: list, show, create, update and delete in the old names (`net-list`) and the new
 * (`network list`), and openstack's `set` and `unset`.
 */
export function addResourceCommands(program: Command, resource: ResourceDeclaration, environment: CommandEnvironment): void {
  const operations = EVERY_OPERATION.filter((operation) => resource.operations?.includes(operation) ?? true);
  if (operations.length === 0) return;
  const name = newName(resource);
  // `security group list`, and as one word.
  const groups = [groupAt(program, name), ...(name.length > 1 ? [groupAt(program, [name.join('-')], { hidden: true })] : [])];
  for (const operation of operations) {
    for (const group of groups) define[operation]({ command: group.command(operation), resource, environment, positionals: positionalsOf(resource, NEW_POSITIONALS) });
    const old = program.command(`${oldName(resource)}-${operation}`, { hidden: true });
    define[operation]({ command: old, resource, environment, positionals: positionalsOf(resource, OLD_POSITIONALS) });
  }
  if (operations.includes('update')) {
    for (const group of groups) {
      defineSet({ command: group.command('set'), resource, environment, positionals: [] });
      defineUnset({ command: group.command('unset'), resource, environment, positionals: [] });
    }
  }
  if (resource.collection === 'networks') defineList(program.command('net-external-list', { hidden: true }), resource, environment, { 'router:external': 'true' });
}

interface Definition {
  readonly command: Command;
  readonly resource: ResourceDeclaration;
  readonly environment: CommandEnvironment;
  /** Attributes that `create` takes without an option. */
  readonly positionals: readonly string[];
}

const define: Readonly<Record<(typeof EVERY_OPERATION)[number], (definition: Definition) => void>> = {
  list: ({ command, resource, environment }) => defineList(command, resource, environment),
  show: defineShow,
  create: defineCreate,
  update: defineUpdate,
  delete: defineDelete,
};

/** The arguments that name one object. */
function namesOne(command: Command, resource: ResourceDeclaration): Command {
  for (const parent of parentArguments(resource)) command.argument(parent, 'id or name');
  return command.argument(`<${resource.resource}>`, 'id or name');
}

function defineShow({ command, resource, environment }: Definition): void {
  withPrinting(namesOne(command, resource).description('one, with all its attributes'))
    .option('-F, --field <attribute>', 'ask for and show this attribute only (repeatable)', append)
    .option('--fields <attribute,…>', 'the same, several at once', append)
    .action(async () => {
      const { field = [], fields = [], ...options } = command.opts<Printing & { readonly field?: readonly string[]; readonly fields?: readonly string[] }>();
      const asked = [...field, ...fields.flatMap((names) => names.split(','))];
      const session = await environment.session();
      const query = new URLSearchParams(asked.map((name): [string, string] => ['fields', name])).toString();
      const path = await objectAt(session, environment, resource, command.args);
      const answer = await session.request('GET', query === '' ? path : `${path}?${query}`);
      environment.write(objectText(objectIn(answer, resource.resource), options));
    });
}

function defineCreate({ command, resource, environment, positionals }: Definition): void {
  const { attributes } = resource;
  const parents = parentArguments(resource);
  for (const parent of parents) command.argument(parent, 'id or name');
  for (const name of positionals) command.argument(`[${name === 'name' ? name : (flagsOf(name)[0] ?? name)}]`, attributes[name]?.description ?? '');
  const options = addAttributeOptions(withPrinting(command.description('make one')), attributes, 'create');
  const tags = tagOptions(command, resource, 'create');
  if ('port_range_min' in attributes) command.option('--dst-port <first:last>', 'port_range_min and port_range_max');
  command.action(async () => {
    const words = command.args.slice(parents.length);
    const named = Object.fromEntries(words.map((word, place): [string, Json] => [positionals[place] ?? '', valueAt(resource, positionals[place], word)]));
    const body = completed(resource, merge(named, { ...portRange(command.opts<{ readonly dstPort?: string }>().dstPort), ...bodyOf(command, options) }));
    const missing = Object.keys(attributes).filter((name) => attributes[name] !== undefined && isRequired(name, attributes[name]) && body[name] === undefined);
    if (missing.length > 0) throw new UsageError(`missing: ${missing.map((name) => `--${flagsOf(name)[0]}`).join(', ')}`);
    const session = await environment.session();
    const path = await collectionAt(session, environment, resource, command.args);
    const resolved = await resolveReferences(session, environment.api, body);
    const made = objectIn(await session.request('POST', path, { [resource.resource]: resolved }), resource.resource);
    const tagged = await tags.change(session, `${path}/${encodeURIComponent(String(made['id']))}`);
    environment.write(objectText(tagged === undefined ? made : { ...made, tags: tagged }, command.opts<Printing>()));
  });
}

/** Lists are replaced by what is given, as the old client does. */
function defineUpdate({ command, resource, environment }: Definition): void {
  const options = addAttributeOptions(withPrinting(namesOne(command, resource).description('change attributes of one; lists are replaced')), resource.attributes, 'update');
  command.action(async () => {
    const body = bodyOf(command, options);
    if (Object.keys(body).length === 0) throw new UsageError('nothing to change was given');
    const session = await environment.session();
    const path = await objectAt(session, environment, resource, command.args);
    const resolved = await resolveReferences(session, environment.api, body);
    const answer = await session.request('PUT', path, { [resource.resource]: resolved });
    environment.write(objectText(objectIn(answer, resource.resource), command.opts<Printing>()));
  });
}

/** As openstack has it: items are added to lists, unless `--no-…` stands before them, and nothing is printed. */
function defineSet({ command, resource, environment }: Definition): void {
  const options = addAttributeOptions(namesOne(command, resource).description('change attributes of one; items are added to lists'), resource.attributes, 'update');
  const tags = tagOptions(command, resource, 'set');
  command.action(async () => {
    const body = bodyOf(command, options);
    if (Object.keys(body).length === 0 && !tags.given()) throw new UsageError('nothing to change was given');
    const session = await environment.session();
    const path = await objectAt(session, environment, resource, command.args);
    const resolved = await resolveReferences(session, environment.api, body);
    const added = [...additionsOf(command, options)];
    const there = added.length > 0 ? objectIn(await session.request('GET', path), resource.resource) : {};
    const changes = { ...resolved, ...Object.fromEntries(added.map((name) => [name, withItems(there[name], resolved[name])])) };
    if (Object.keys(changes).length > 0) await session.request('PUT', path, { [resource.resource]: changes });
    await tags.change(session, path);
  });
}

/** Takes items from lists, and gives other attributes the value that says nothing. */
function defineUnset({ command, resource, environment }: Definition): void {
  namesOne(command, resource).description('take items from lists, and values from attributes');
  const lists = Object.fromEntries(Object.entries(resource.attributes).filter(([, { type, allowPut }]) => type === 'array' && allowPut));
  const options = addAttributeOptions(command, lists, 'update');
  const others = Object.entries(resource.attributes).flatMap(([name, attribute]) => {
    if (!attribute.allowPut || attribute.type === 'array' || !(mayBeNull(attribute) || attribute.default === '')) return [];
    return flagsOf(name).map((flag, place) => {
      const option = command.createOption(`--${flag}`, `no ${inWords(name)}`);
      command.addOption(place === 0 ? option : option.hideHelp());
      return { key: option.attributeName(), name, value: attribute.default === '' ? '' : emptyValue(attribute) };
    });
  });
  const tags = tagOptions(command, resource, 'unset');
  command.action(async () => {
    const given = command.opts<Readonly<Record<string, unknown>>>();
    const removed = bodyOf(command, options);
    const emptied = Object.fromEntries(others.filter(({ key }) => given[key] === true).map(({ name, value }): [string, Json] => [name, value]));
    if (Object.keys(removed).length + Object.keys(emptied).length === 0 && !tags.given()) throw new UsageError('nothing to take away was given');
    const session = await environment.session();
    const path = await objectAt(session, environment, resource, command.args);
    const resolved = await resolveReferences(session, environment.api, removed);
    const there = Object.keys(resolved).length > 0 ? objectIn(await session.request('GET', path), resource.resource) : {};
    const changes: JsonObject = { ...emptied, ...Object.fromEntries(Object.entries(resolved).map(([name, items]) => [name, withoutItems(there[name], items)])) };
    if (Object.keys(changes).length > 0) await session.request('PUT', path, { [resource.resource]: changes });
    await tags.change(session, path);
  });
}

/** One that cannot be removed does not keep the others: it is told at the end, and the command fails. */
function defineDelete({ command, resource, environment }: Definition): void {
  for (const parent of parentArguments(resource)) command.argument(parent, 'id or name');
  command.argument(`<${resource.resource}...>`, 'ids or names').description('remove one or several');
  command.action(async () => {
    const session = await environment.session();
    const failures: unknown[] = [];
    const parents = command.args.slice(0, parentArguments(resource).length);
    for (const nameOrId of command.args.slice(parents.length)) {
      try {
        await session.request('DELETE', await objectAt(session, environment, resource, [...parents, nameOrId]));
        environment.write(`Deleted ${inWords(resource.resource)}: ${nameOrId}\n`);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new Error(failures.map((error) => (error as Error).message).join('\n'));
  });
}

function positionalsOf(resource: ResourceDeclaration, table: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return table[resource.collection] ?? ('name' in resource.attributes ? ['name'] : []);
}

function valueAt(resource: ResourceDeclaration, name: string | undefined, word: string): Json {
  const attribute = name === undefined ? undefined : resource.attributes[name];
  if (name === undefined || attribute === undefined) throw new UsageError(`"${word}" is one word too many`);
  return attributeValue(name, attribute, word);
}

function merge(named: JsonObject, body: JsonObject): JsonObject {
  const twice = Object.keys(named).find((name) => body[name] !== undefined && body[name] !== named[name]);
  if (twice !== undefined) throw new UsageError(`${twice} is given twice: "${String(named[twice])}" and "${String(body[twice])}"`);
  return { ...body, ...named };
}

/** What OpenStack's clients fill in: a prefix says of which IP version it is, and most rules are about what comes in. */
function completed({ collection }: ResourceDeclaration, body: JsonObject): JsonObject {
  if (collection === 'subnets' && body['ip_version'] === undefined) return { ...body, ip_version: String(body['cidr']).includes(':') ? 6 : 4 };
  return collection === 'security_group_rules' ? { direction: 'ingress', ...body } : body;
}

/** `80:81`, or `80` alone. */
function portRange(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (first === undefined) throw new UsageError(`--dst-port: expected a port or first:last, found "${text}"`);
  return { port_range_min: Number(first), port_range_max: Number(last) };
}

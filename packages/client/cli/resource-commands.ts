import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';
import { NEW_POSITIONALS, OLD_POSITIONALS } from './attribute-flags.ts';
import { addAttributeOptions, bodyOf, flagsOf, isRequired } from './attribute-options.ts';
import { attributeValue } from './attribute-values.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { idOf, inWords, objectIn, pathOf } from './find-by-name.ts';
import { defineList } from './list-command.ts';
import { objectText, withPrinting, type Printing } from './printing.ts';
import { resolveReferences } from './references.ts';

/** The names that the old client gave to resources, where they differ. */
const OLD_NAMES: Readonly<Record<string, string>> = { network: 'net' };

const EVERY_OPERATION = ['list', 'show', 'create', 'update', 'delete'] as const;

/** Adds list, show, create, update and delete of a resource, in the old names (`net-list`) and the new (`network list`). */
export function addResourceCommands(program: Command, resource: ResourceDeclaration, environment: CommandEnvironment): void {
  const name = resource.resource.replaceAll('_', '-');
  const oldName = OLD_NAMES[resource.resource] ?? name;
  const operations = EVERY_OPERATION.filter((operation) => resource.operations?.includes(operation) ?? true);
  const group = program.command(name).description(operations.join(', '));
  for (const operation of operations) {
    define[operation]({ command: group.command(operation), resource, environment, positionals: positionalsOf(resource, NEW_POSITIONALS) });
    const old = program.command(`${oldName}-${operation}`, { hidden: true });
    define[operation]({ command: old, resource, environment, positionals: positionalsOf(resource, OLD_POSITIONALS) });
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

function defineShow({ command, resource, environment: { session, write } }: Definition): void {
  withPrinting(command.argument(`<${resource.resource}>`, 'id or name').description('one, with all its attributes')).action(async (nameOrId: string, options: Printing) => {
    const here = await session();
    const answer = await here.request('GET', `${pathOf(resource)}/${encodeURIComponent(await idOf(here, resource, nameOrId))}`);
    write(objectText(objectIn(answer, resource.resource), options));
  });
}

function defineCreate({ command, resource, environment, positionals }: Definition): void {
  const { attributes } = resource;
  for (const name of positionals) command.argument(`[${name === 'name' ? name : (flagsOf(name)[0] ?? name)}]`, attributes[name]?.description ?? '');
  const options = addAttributeOptions(withPrinting(command.description('make one')), attributes, 'create');
  command.action(async () => {
    const named = Object.fromEntries(command.args.map((word, place): [string, Json] => [positionals[place] ?? '', valueAt(resource, positionals[place], word)]));
    const body = completed(resource, merge(named, bodyOf(command, options)));
    const missing = Object.keys(attributes).filter((name) => attributes[name] !== undefined && isRequired(name, attributes[name]) && body[name] === undefined);
    if (missing.length > 0) throw new UsageError(`missing: ${missing.map((name) => `--${flagsOf(name)[0]}`).join(', ')}`);
    const here = await environment.session();
    const resolved = await resolveReferences(here, environment.api, body);
    const answer = await here.request('POST', pathOf(resource), { [resource.resource]: resolved });
    environment.write(objectText(objectIn(answer, resource.resource), command.opts<Printing>()));
  });
}

function defineUpdate({ command, resource, environment }: Definition): void {
  command.argument(`<${resource.resource}>`, 'id or name');
  const options = addAttributeOptions(withPrinting(command.description('change attributes of one')), resource.attributes, 'update');
  command.action(async (nameOrId: string) => {
    const body = bodyOf(command, options);
    if (Object.keys(body).length === 0) throw new UsageError('nothing to change was given');
    const here = await environment.session();
    const id = await idOf(here, resource, nameOrId);
    const resolved = await resolveReferences(here, environment.api, body);
    const answer = await here.request('PUT', `${pathOf(resource)}/${encodeURIComponent(id)}`, { [resource.resource]: resolved });
    environment.write(objectText(objectIn(answer, resource.resource), command.opts<Printing>()));
  });
}

/** One that cannot be removed does not keep the others: it is told at the end, and the command fails. */
function defineDelete({ command, resource, environment: { session, write } }: Definition): void {
  command
    .argument(`<${resource.resource}...>`, 'ids or names')
    .description('remove one or several')
    .action(async (names: readonly string[]) => {
      const here = await session();
      const failures: unknown[] = [];
      for (const nameOrId of names) {
        try {
          await here.request('DELETE', `${pathOf(resource)}/${encodeURIComponent(await idOf(here, resource, nameOrId))}`);
          write(`Deleted ${inWords(resource.resource)}: ${nameOrId}\n`);
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

/** A prefix says of which IP version it is. */
function completed({ collection }: ResourceDeclaration, body: JsonObject): JsonObject {
  if (collection !== 'subnets' || body['ip_version'] !== undefined) return body;
  return { ...body, ip_version: String(body['cidr']).includes(':') ? 6 : 4 };
}

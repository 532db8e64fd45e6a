import type { RouteDeclaration } from '@neutrino/lib/api/attribute';
import type { Api } from '@neutrino/lib/api/build-api';
import { pathParameters } from '@neutrino/lib/api/routes';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { groupAt, newName } from './command-names.ts';
import { idOf, inWords } from './find-by-name.ts';
import { append, listText, objectText, withPrinting, type Printing } from './printing.ts';

/** What has commands of its own, in words that people know. */
const BY_HAND = /tags?$|^(list|show|update|delete|show_default)_(own_\w+|quotas?)(_details)?$/;

/** Adds a command for each route that is declared on its own, in the group of its collection: `subnet pool add-prefixes POOL --prefixes …`. */
export function addRouteCommands(program: Command, environment: CommandEnvironment): void {
  const { api } = environment;
  for (const route of api.routes.filter(({ operation }) => !BY_HAND.test(operation))) {
    const resource = api.resources.find(({ collection, parent }) => parent === undefined && collection === route.collection);
    const group = groupAt(program, resource === undefined ? route.collection.split('_') : newName(resource));
    // `list_network_dhcp_agents` is `network list-dhcp-agents`.
    const name = (resource === undefined ? route.operation : route.operation.replace(`_${resource.resource}`, '')).replaceAll('_', '-');
    if (!group.commands.some((command) => command.name() === name)) defineRoute(group.command(name), route, environment);
  }
}

function defineRoute(command: Command, route: RouteDeclaration, environment: CommandEnvironment): void {
  const parameters = pathParameters(route.path);
  for (const parameter of parameters) command.argument(`<${parameter}>`, 'id or name');
  withPrinting(command.description(route.summary));
  const members = membersOf(route.request);
  const options = Object.entries(members).map(([name, schema]) => {
    const option = command.createOption(`--${name.replaceAll('_', '-')} <value>`, `${inWords(name)}${schema['type'] === 'array' ? ' (repeatable, or JSON)' : ''}`).argParser(append);
    command.addOption(option);
    return { name, schema, key: option.attributeName() };
  });
  command.action(async () => {
    const given = command.opts<Readonly<Record<string, readonly string[] | undefined>>>();
    const session = await environment.session();
    const words = new Map<string, string>();
    for (const [place, parameter] of parameters.entries()) words.set(parameter, await identified(environment, parameter, command.args[place] ?? '', route));
    const path = `/v2.0${route.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => encodeURIComponent(words.get(parameter) ?? ''))}`;
    const body = Object.fromEntries(options.flatMap(({ name, schema, key }) => (given[key] === undefined ? [] : [[name, valueOf(name, schema, given[key])] as const])));
    const answer = await session.request(route.method, path, route.request === undefined ? undefined : wrapped(route.request, body));
    environment.write(answerText(answer, command.opts<Printing>()));
  });
}

/** The members of a body; of one that holds a single object, those of that. */
function membersOf(request: JsonObject | undefined): Readonly<Record<string, JsonObject>> {
  const properties = isJsonObject(request?.['properties']) ? (request['properties'] as Readonly<Record<string, JsonObject>>) : {};
  const [only, ...others] = Object.values(properties);
  return only !== undefined && others.length === 0 && isJsonObject(only['properties']) ? (only['properties'] as Readonly<Record<string, JsonObject>>) : properties;
}

function wrapped(request: JsonObject, body: JsonObject): JsonObject {
  const properties = isJsonObject(request['properties']) ? request['properties'] : {};
  const [name, ...others] = Object.keys(properties);
  const member = name === undefined ? undefined : properties[name];
  return name !== undefined && others.length === 0 && isJsonObject(member) && isJsonObject(member['properties']) ? { [name]: body } : body;
}

function valueOf(name: string, schema: JsonObject, given: readonly string[]): Json {
  const values = given.map((text) => {
    if (/^\s*[[{]/.test(text)) return parsed(name, text);
    return schema['type'] === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text;
  });
  if (schema['type'] === 'array') return values.flatMap((value): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [value]));
  if (values.length > 1) throw new UsageError(`--${name.replaceAll('_', '-')} is given twice`);
  return values[0] ?? null;
}

function parsed(name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(`--${name.replaceAll('_', '-')}: what begins like JSON is not: ${(error as Error).message}`);
  }
}

/** `{network_id}` may be a network's name, `{id}` that of the collection before it. */
async function identified({ api, session }: CommandEnvironment, parameter: string, word: string, route: RouteDeclaration): Promise<string> {
  const resource = parameter === 'id' ? resourceOf(api, route.collection) : api.resources.find((each) => each.parent === undefined && `${each.resource}_id` === parameter);
  return resource === undefined ? word : idOf(await session(), resource, word);
}

function resourceOf(api: Api, collection: string) {
  return api.resources.find((each) => each.parent === undefined && each.collection === collection);
}

/** A list, an object, or that it is done. */
function answerText(answer: JsonObject, options: Printing): string {
  const [value, ...others] = Object.values(answer);
  if (Array.isArray(value) && value.every(isJsonObject)) {
    const rows = value.filter(isJsonObject);
    return listText(rows, options, ['id', 'name', ...Object.keys(rows[0] ?? {})].filter((name, place, all) => rows[0]?.[name] !== undefined && all.indexOf(name) === place).slice(0, 6));
  }
  if (isJsonObject(value) && others.length === 0) return objectText(value, options);
  return value === undefined ? 'Done\n' : objectText(answer, options);
}

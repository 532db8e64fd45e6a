import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import { RequestFailed, type Session } from '../session.ts';
import { addAttributeOptions, bodyOf } from './attribute-options.ts';
import { formats, printList, printOne, type Format } from './print.ts';

/** The names that the old client gave to resources, where they differ. */
const SHORT_NAMES: Readonly<Record<string, string>> = { network: 'net', extension: 'ext' };

/** What lists show of a resource unless `-c` says otherwise; others show id and name. */
const LIST_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  networks: ['id', 'name', 'tenant_id', 'subnets'],
  subnets: ['id', 'name', 'tenant_id', 'cidr', 'allocation_pools'],
  ports: ['id', 'name', 'tenant_id', 'mac_address', 'fixed_ips'],
  security_groups: ['id', 'name', 'tenant_id', 'description'],
  security_group_rules: ['id', 'security_group_id', 'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'remote_group_id'],
  agents: ['id', 'agent_type', 'host', 'availability_zone', 'alive', 'admin_state_up', 'binary'],
  extensions: ['alias', 'name'],
  availability_zones: ['name', 'resource', 'state'],
};

export interface CommandEnvironment {
  /** Logs in when the first request needs it. */
  readonly session: () => Promise<Session>;
  readonly write: (text: string) => void;
}

interface Printing {
  readonly format: Format;
  readonly column: readonly string[];
}

/** Adds list, show, create, update and delete of a resource, in the old names (`net-list`) and the new (`network list`). */
export function addResourceCommands(program: Command, resource: ResourceDeclaration, environment: CommandEnvironment): void {
  const name = resource.resource.replaceAll('_', '-');
  const group = program.command(name).description(`${name.replaceAll('-', ' ')}: list, show and so on`);
  const operations = resource.operations ?? ['create', 'show', 'list', 'update', 'delete'];
  for (const operation of operations) {
    const short = SHORT_NAMES[resource.resource] ?? name;
    for (const command of [group.command(operation), program.command(`${short}-${operation}`, { hidden: true })]) {
      define[operation](command, resource, environment);
    }
  }
}

type Define = (command: Command, resource: ResourceDeclaration, environment: CommandEnvironment) => void;

const define: Readonly<Record<'list' | 'show' | 'create' | 'update' | 'delete', Define>> = {
  list(command, resource, { session, write }) {
    withPrinting(command.description(`every ${resource.resource} you may see`))
      .option('--filter <attribute=value>', 'only those whose attribute has this value (repeatable)', (value, all: string[]) => [...all, value], [])
      .option('--sort-key <attribute>', 'order by it (repeatable)', (value, all: string[]) => [...all, value], [])
      .option('--sort-dir <asc|desc>', 'direction of the sort key at the same place (repeatable)', (value, all: string[]) => [...all, value], [])
      .option('--limit <count>', 'at most so many')
      .action(async (options: Printing & { filter: string[]; sortKey: string[]; sortDir: string[]; limit?: string }) => {
        const query = new URLSearchParams(options.filter.map((pair) => splitPair(pair)));
        options.sortKey.forEach((key, index) => {
          query.append('sort_key', key);
          query.append('sort_dir', options.sortDir[index] ?? 'asc');
        });
        if (options.limit !== undefined) query.set('limit', options.limit);
        const answer = await (await session()).request('GET', `${pathOf(resource)}?${query.toString()}`);
        const rows = listIn(answer, resource.collection).map((row) => (resource.collection === 'agents' ? { ...row, alive: row['alive'] === true ? ':-)' : 'xxx' } : row));
        write(printList(rows, columnsOf(options, LIST_COLUMNS[resource.collection] ?? ['id', 'name']), options.format));
      });
  },
  show(command, resource, { session, write }) {
    withPrinting(command.argument(`<${resource.resource}>`, 'id or name').description('one, with all its attributes')).action(
      async (nameOrId: string, options: Printing) => {
        const here = await session();
        const answer = await here.request('GET', `${pathOf(resource)}/${await idOf(here, resource, nameOrId)}`);
        write(printObject(answer, resource, options));
      },
    );
  },
  create(command, resource, { session, write }) {
    const named = 'name' in resource.attributes;
    if (named) command.argument('[name]', 'its name');
    addAttributeOptions(withPrinting(command.description('make one')), resource.attributes, 'create');
    command.action(async (...words: unknown[]) => {
      const name = typeof words[0] === 'string' ? { name: words[0] } : {};
      const answer = await (await session()).request('POST', pathOf(resource), {
        [resource.resource]: { ...bodyOf(command, resource.attributes), ...name },
      });
      write(printObject(answer, resource, command.opts<Printing>()));
    });
  },
  update(command, resource, { session, write }) {
    command.argument(`<${resource.resource}>`, 'id or name');
    addAttributeOptions(withPrinting(command.description('change attributes of one')), resource.attributes, 'update');
    command.action(async (nameOrId: string) => {
      const here = await session();
      const answer = await here.request('PUT', `${pathOf(resource)}/${await idOf(here, resource, nameOrId)}`, {
        [resource.resource]: bodyOf(command, resource.attributes),
      });
      write(printObject(answer, resource, command.opts<Printing>()));
    });
  },
  delete(command, resource, { session, write }) {
    command
      .argument(`<${resource.resource}...>`, 'ids or names')
      .description('remove one or several')
      .action(async (names: readonly string[]) => {
        const here = await session();
        for (const nameOrId of names) {
          await here.request('DELETE', `${pathOf(resource)}/${await idOf(here, resource, nameOrId)}`);
          write(`Deleted ${resource.resource}: ${nameOrId}\n`);
        }
      });
  },
};

export function withPrinting(command: Command): Command {
  return command
    .addOption(new Option('-f, --format <format>', 'how to print').choices([...formats]).default('table'))
    .option('-c, --column <attribute>', 'show this column (repeatable)', (value, all: string[]) => [...all, value], []);
}

export function columnsOf(printing: Printing, otherwise: readonly string[]): readonly string[] {
  return printing.column.length > 0 ? printing.column : otherwise;
}

function printObject(answer: JsonObject, resource: ResourceDeclaration, printing: Printing): string {
  const object = answer[resource.resource];
  if (!isJsonObject(object)) throw new RequestFailed(0, '', `the answer has no "${resource.resource}"`);
  return printOne(object, columnsOf(printing, Object.keys(object).sort()), printing.format);
}

function pathOf(resource: ResourceDeclaration): string {
  return `/v2.0/${resource.collection.replaceAll('_', '-').replace('availability-zones', 'availability_zones')}`;
}

/** The id of the one object of that id or name. */
async function idOf(session: Session, resource: ResourceDeclaration, nameOrId: string): Promise<string> {
  if (!('id' in resource.attributes)) return encodeURIComponent(nameOrId);
  const keys = 'name' in resource.attributes ? ['id', 'name'] : ['id'];
  for (const key of keys) {
    const answer = await session.request('GET', `${pathOf(resource)}?${new URLSearchParams({ fields: 'id', [key]: nameOrId }).toString()}`);
    const found = listIn(answer, resource.collection);
    if (found.length > 1) throw new Error(`${found.length} ${resource.collection} are called "${nameOrId}": name one by its id`);
    if (found[0] !== undefined) return String(found[0]['id']);
  }
  throw new RequestFailed(404, 'NotFound', `there is no ${resource.resource} "${nameOrId}"`);
}

function listIn(answer: JsonObject, collection: string): readonly JsonObject[] {
  const list = answer[collection];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new Error(`a filter is attribute=value, not "${pair}"`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

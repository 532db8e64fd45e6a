import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import type { Session } from '../session.ts';
import { flagsOf } from './attribute-options.ts';
import { truthValue } from './attribute-values.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { inWords, listIn, pathOf } from './find-by-name.ts';
import { append, listText, withPrinting, type Printing } from './printing.ts';
import { resolveReferences } from './references.ts';

/** What lists show of a resource unless `-c` says otherwise; others show id and name. */
const LIST_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  networks: ['id', 'name', 'tenant_id', 'subnets'],
  subnets: ['id', 'name', 'tenant_id', 'cidr', 'allocation_pools'],
  ports: ['id', 'name', 'tenant_id', 'mac_address', 'fixed_ips'],
  security_groups: ['id', 'name', 'tenant_id', 'description'],
  security_group_rules: ['id', 'security_group_id', 'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'remote_group_id'],
  agents: ['id', 'agent_type', 'host', 'availability_zone', 'alive', 'admin_state_up', 'binary'],
  availability_zones: ['name', 'resource', 'state'],
};

const TAG_FILTERS = ['tags', 'tags-any', 'not-tags', 'not-tags-any'] as const;

interface ListOptions extends Printing {
  readonly filter?: readonly string[];
  readonly sortKey?: readonly string[];
  readonly sortDir?: readonly string[];
  readonly limit?: string;
  readonly pageSize?: string;
  readonly field?: readonly string[];
  readonly showDetails?: boolean;
}

/** `list`, with an option for each attribute that the API filters by. `fixed` are filters that the command always sets. */
export function defineList(command: Command, resource: ResourceDeclaration, environment: CommandEnvironment, fixed: Readonly<Record<string, string>> = {}): void {
  withPrinting(command.description(`every ${inWords(resource.resource)} that you may see`))
    .option('--filter <attribute=value>', 'only those whose attribute has this value (repeatable)', append)
    .option('--sort-key <attribute>', 'order by it (repeatable)', append)
    .option('--sort-dir <asc|desc>', 'direction of the sort key at the same place (repeatable)', append)
    .option('--limit <count>', 'at most so many')
    .addOption(new Option('-P, --page-size <count>', 'ask for so many at a time'))
    .option('-F, --field <attribute>', 'ask for and show this attribute only (repeatable)', append)
    .option('-D, --show-details', 'show every attribute');
  const filters = Object.entries(resource.attributes).flatMap(([name, attribute]) => {
    if (attribute.isFilter !== true) return [];
    return flagsOf(name).map((flag) => {
      const option = new Option(`--${flag} ${attribute.type === 'boolean' ? '[boolean]' : '<value>'}`, `filter by ${name}`).argParser(append);
      command.addOption(option.hideHelp());
      return { name, key: option.attributeName(), boolean: attribute.type === 'boolean' };
    });
  });
  for (const name of 'tags' in resource.attributes ? TAG_FILTERS : []) {
    const option = new Option(`--${name} <tag,…>`, 'only those with (without) all (any) of these tags');
    // A filter of its own name may be there already, from the attribute.
    if (!filters.some(({ key }) => key === option.attributeName())) {
      command.addOption(option.argParser(append));
      filters.push({ name, key: option.attributeName(), boolean: false });
    }
  }
  command.action(async (options: ListOptions & Readonly<Record<string, unknown>>) => {
    const given = filters.flatMap(({ name, key, boolean }) => {
      const values = options[key];
      return Array.isArray(values) ? values.map((value): [string, string] => [name, boolean ? String(truthValue(String(value)) ?? value) : String(value)]) : [];
    });
    const pairs = [...Object.entries(fixed), ...given, ...(options.filter ?? []).map(splitPair)];
    const session = await environment.session();
    const query = await queryOf(session, environment, pairs, options);
    const rows = (await listAll(session, resource, query, options)).map((row) => (options.format === 'table' ? forPeople(resource, row) : row));
    const columns = options.showDetails === true ? Object.keys(rows[0] ?? {}) : (LIST_COLUMNS[resource.collection] ?? ['id', 'name']);
    environment.write(listText(rows, { ...options, column: [...(options.column ?? []), ...(options.field ?? [])] }, columns));
  });
}

async function queryOf(session: Session, { api }: CommandEnvironment, pairs: readonly (readonly [string, string])[], options: ListOptions): Promise<URLSearchParams> {
  const { sortKey = [], sortDir = [], field: fields = [], pageSize } = options;
  const query = new URLSearchParams();
  for (const [name, value] of pairs) {
    const resolved = await resolveReferences(session, api, { [name]: value });
    query.append(name, String(resolved[name]));
  }
  sortKey.forEach((key, index) => {
    query.append('sort_key', key);
    query.append('sort_dir', sortDir[index] ?? 'asc');
  });
  for (const field of fields) query.append('fields', field);
  // The marker of the next page is an id.
  if (fields.length > 0 && pageSize !== undefined && !fields.includes('id')) query.append('fields', 'id');
  return query;
}

/** Page by page where pages are asked for; else as the server gives it, at once or up to its own limit. */
async function listAll(session: Session, resource: ResourceDeclaration, query: URLSearchParams, { limit, pageSize }: ListOptions): Promise<readonly JsonObject[]> {
  const page = pageSize ?? limit;
  if (page !== undefined) query.set('limit', page);
  const rows: JsonObject[] = [];
  for (;;) {
    const answer = await session.request('GET', `${pathOf(resource)}?${query.toString()}`);
    const got = listIn(answer, resource.collection);
    rows.push(...got);
    const last = got.at(-1)?.['id'];
    const more = Array.isArray(answer[`${resource.collection}_links`]) && JSON.stringify(answer[`${resource.collection}_links`]).includes('"next"');
    if (limit !== undefined && rows.length >= Number(limit)) return rows.slice(0, Number(limit));
    if (!more || last === undefined || (limit !== undefined && pageSize === undefined)) return rows;
    query.set('marker', String(last));
  }
}

function forPeople({ collection }: ResourceDeclaration, row: JsonObject): JsonObject {
  return collection === 'agents' && 'alive' in row ? { ...row, alive: row['alive'] === true ? ':-)' : 'xxx' } : row;
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`a filter is attribute=value, not "${pair}"`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

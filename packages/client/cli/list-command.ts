import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import type { Session } from '../session.ts';
import { WORDS } from './attribute-flags.ts';
import { flagsOf } from './attribute-options.ts';
import { truthValue } from './attribute-values.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { inWords, listIn } from './find-by-name.ts';
import { collectionAt, parentArguments } from './object-path.ts';
import { append, listText, withPrinting, type Printing } from './printing.ts';
import { resolveReferences } from './references.ts';

/** What lists show of a resource unless `-c` says otherwise; others show id and name. */
const LIST_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  networks: ['id', 'name', 'tenant_id', 'subnets'],
  subnets: ['id', 'name', 'tenant_id', 'cidr', 'allocation_pools'],
  ports: ['id', 'name', 'tenant_id', 'mac_address', 'fixed_ips'],
  security_groups: ['id', 'name', 'tenant_id', 'description'],
  security_group_rules: ['id', 'security_group_id', 'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'remote_group_id'],
  subnetpools: ['id', 'name', 'prefixes', 'default_prefixlen', 'address_scope_id', 'is_default', 'shared'],
  address_scopes: ['id', 'name', 'ip_version', 'shared'],
  address_groups: ['id', 'name', 'description', 'addresses'],
  rbac_policies: ['id', 'object_type', 'object_id'],
  network_ip_availabilities: ['network_id', 'network_name', 'total_ips', 'used_ips'],
  flavors: ['id', 'name', 'service_type', 'enabled'],
  service_profiles: ['id', 'description', 'enabled', 'metainfo'],
  service_providers: ['service_type', 'name', 'default'],
  bindings: ['host', 'status', 'vif_type', 'vnic_type'],
  agents: ['id', 'agent_type', 'host', 'availability_zone', 'alive', 'admin_state_up', 'binary'],
  availability_zones: ['name', 'resource', 'state'],
};

/** Filter → its options: the API's own name, and openstack's. */
const TAG_FILTERS: Readonly<Record<string, readonly string[]>> = {
  tags: ['tags'], 'tags-any': ['tags-any', 'any-tags'], 'not-tags': ['not-tags'], 'not-tags-any': ['not-tags-any', 'not-any-tags'],
};

/** What a list takes without an option, besides what it hangs on. */
const LIST_POSITIONALS: Readonly<Record<string, string>> = { security_group_rules: 'security_group_id' };

interface ListOptions extends Printing {
  readonly filter?: readonly string[];
  readonly sortKey?: readonly string[];
  readonly sortDir?: readonly string[];
  readonly limit?: string;
  readonly pageSize?: string;
  readonly field?: readonly string[];
  readonly fields?: readonly string[];
  readonly long?: boolean;
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
    .option('--fields <attribute,…>', 'the same, several at once', append)
    .option('-D, --show-details', 'show every attribute')
    .option('--long', 'the same');
  for (const parent of parentArguments(resource)) command.argument(parent, 'id or name');
  const positional = LIST_POSITIONALS[resource.collection];
  if (positional !== undefined) command.argument(`[${flagsOf(positional)[0] ?? positional}]`, 'id or name');
  const filters = Object.entries(resource.attributes).flatMap(([name, attribute]) => {
    if (attribute.isFilter !== true) return [];
    return flagsOf(name).map((flag) => {
      const option = new Option(`--${flag} ${attribute.type === 'boolean' ? '[boolean]' : '<value>'}`, `filter by ${name}`).argParser(append);
      command.addOption(option.hideHelp());
      return { name, key: option.attributeName(), boolean: attribute.type === 'boolean' };
    });
  });
  for (const [name, flags] of 'tags' in resource.attributes ? Object.entries(TAG_FILTERS) : []) {
    for (const flag of flags) {
      const option = new Option(`--${flag} <tag,…>`, 'only those with (without) all (any) of these tags');
      // A filter of its own name may be there already, from the attribute.
      if (!filters.some(({ key }) => key === option.attributeName())) {
        command.addOption(flag === name ? option.argParser(append) : option.argParser(append).hideHelp());
        filters.push({ name, key: option.attributeName(), boolean: false });
      }
    }
  }
  const words = Object.entries(WORDS).filter(([flag, { attribute }]) => resource.attributes[attribute]?.isFilter === true && !command.options.some(({ long }) => long === `--${flag}`));
  for (const [flag] of words) command.addOption(new Option(`--${flag}`).hideHelp());
  command.action(async () => {
    const options = command.opts<ListOptions & Readonly<Record<string, unknown>>>();
    const [parents, rest] = [command.args.slice(0, parentArguments(resource).length), command.args.slice(parentArguments(resource).length)];
    const placed = positional === undefined || rest[0] === undefined ? [] : [[positional, rest[0]] as const];
    const spoken = words.flatMap(([flag, { attribute, value }]) => (options[new Option(`--${flag}`).attributeName()] === true ? [[attribute, String(value)] as const] : []));
    const given = filters.flatMap(({ name, key, boolean }) => {
      const values = options[key];
      return Array.isArray(values) ? values.map((value): [string, string] => [name, boolean ? String(truthValue(String(value)) ?? value) : String(value)]) : [];
    });
    const fields = [...(options.field ?? []), ...(options.fields ?? []).flatMap((names) => names.split(','))];
    const pairs = [...Object.entries(fixed), ...placed, ...spoken, ...given, ...(options.filter ?? []).map(splitPair)];
    const session = await environment.session();
    const query = await queryOf(session, environment, pairs, { ...options, field: fields });
    const path = await collectionAt(session, environment, resource, parents);
    const rows = (await listAll(session, { path, collection: resource.collection }, query, options)).map((row) => asFormerClient(resource, row));
    const columns = options.showDetails === true || options.long === true ? Object.keys(rows[0] ?? {}) : (LIST_COLUMNS[resource.collection] ?? ['id', 'name']);
    environment.write(listText(rows, { ...options, column: [...(options.column ?? []), ...fields] }, columns));
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
async function listAll(session: Session, { path, collection }: { readonly path: string; readonly collection: string }, query: URLSearchParams, { limit, pageSize }: ListOptions): Promise<readonly JsonObject[]> {
  const page = pageSize ?? limit;
  if (page !== undefined) query.set('limit', page);
  const rows: JsonObject[] = [];
  for (;;) {
    const answer = await session.request('GET', `${path}?${query.toString()}`);
    const got = listIn(answer, collection);
    rows.push(...got);
    const last = got.at(-1)?.['id'];
    const more = Array.isArray(answer[`${collection}_links`]) && JSON.stringify(answer[`${collection}_links`]).includes('"next"');
    if (limit !== undefined && rows.length >= Number(limit)) return rows.slice(0, Number(limit));
    if (!more || last === undefined || (limit !== undefined && pageSize === undefined)) return rows;
    query.set('marker', String(last));
  }
}

/** Python's client shows an agent's life in these words in every format, which scripts look for. */
function asFormerClient({ collection }: ResourceDeclaration, row: JsonObject): JsonObject {
  return collection === 'agents' && 'alive' in row ? { ...row, alive: row['alive'] === true ? ':-)' : 'xxx' } : row;
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`a filter is attribute=value, not "${pair}"`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

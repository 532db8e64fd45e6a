import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { KnownObjects } from './known-objects.ts';
import type { Choice } from './seeded-choice.ts';

/** What values are made from. */
export interface ValueSources {
  readonly choice: Choice;
  readonly known: KnownObjects;
  readonly project: string;
  /** Finds what a `$ref` names. */
  readonly resolve: (reference: string) => JsonObject;
}

/** Attributes that hold ids: the collection that they are of, where it is not the name with an s. */
const REFERENCES: Readonly<Record<string, string>> = { security_groups: 'security_groups', remote_group_id: 'security_groups', network: 'networks', subnets: 'subnets' };

/** A value that the schema allows; of an object's optional members a few. */
export function validValue(schema: JsonObject, name: string, sources: ValueSources): Json {
  const { choice, resolve } = sources;
  if (typeof schema['$ref'] === 'string') return validValue(resolve(schema['$ref']), name, sources);
  for (const form of ['oneOf', 'anyOf']) {
    const forms = schema[form];
    if (Array.isArray(forms)) return validValue({ ...without(schema, form), ...(choice.of(forms as readonly JsonObject[])) }, name, sources);
  }
  if (Array.isArray(schema['enum'])) return choice.of(schema['enum'] as readonly Json[]);
  const types = (Array.isArray(schema['type']) ? schema['type'] : [schema['type'] ?? 'string']) as readonly string[];
  switch (choice.of(types)) {
    case 'null':
      return choice.percent(30) ? null : validValue({ ...schema, type: types.find((type) => type !== 'null') ?? 'null' }, name, sources);
    case 'boolean':
      return choice.percent(50);
    case 'integer':
      return validInteger(schema, name, choice);
    case 'array': {
      const items = isJsonObject(schema['items']) ? schema['items'] : {};
      const count = Math.max(Number(schema['minItems'] ?? 0), choice.weighted([[3, 1], [2, 2], [1, 0], [1, 4]]));
      return Array.from({ length: count }, () => validValue(items, name, sources));
    }
    case 'object':
      return validObject(schema, sources);
    default:
      return validText(schema, name, sources);
  }
}

function validObject(schema: JsonObject, sources: ValueSources): JsonObject {
  const { choice } = sources;
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = (schema['required'] ?? []) as readonly string[];
  const chance = choice.of([5, 15, 40]);
  const members = Object.entries(properties).filter(([name]) => required.includes(name) || (choice.percent(chance) && !['project_id', 'tenant_id'].includes(name)) || choice.percent(2));
  const made: Record<string, Json> = Object.fromEntries(members.map(([name, member]) => [name, validValue(member as JsonObject, name, sources)]));
  // An IP version must be that of the addresses; most should be right.
  if (typeof made['cidr'] === 'string' && 'ip_version' in made && choice.percent(90)) made['ip_version'] = made['cidr'].includes(':') ? 6 : 4;
  // Ports of instances on a host are what bindings are about.
  if ('network_id' in made && 'binding:host_id' in properties && choice.percent(20)) Object.assign(made, { device_owner: 'compute:nova', 'binding:host_id': 'host-1' });
  // What is shared must be of the kind that is named.
  if (typeof made['object_type'] === 'string' && 'object_id' in made && choice.percent(80)) {
    const ids = idsToName(`${made['object_type']}s`.replace(/ys$/, 'ies'), sources);
    if (ids.length > 0) made['object_id'] = choice.of(ids);
  }
  if (isJsonObject(schema['additionalProperties']) && members.length === 0) {
    made[choice.of(['network', 'subnet', 'port', 'security_group', 'nonsense'])] = validValue(schema['additionalProperties'], '', sources);
  }
  return made;
}

function validInteger(schema: JsonObject, name: string, choice: Choice): number {
  if (name === 'mtu') return choice.of([0, 68, 1280, 1450, 1500, 9000]);
  if (/segmentation_id|vlan/.test(name)) return choice.of([1, 17, 100, 4094, 5000]);
  if (/port_range|_port/.test(name)) return choice.of([1, 22, 80, 443, 65_535]);
  const [minimum, maximum] = [Number(schema['minimum'] ?? 0), Number(schema['maximum'] ?? 1000)];
  return choice.of([minimum, maximum, minimum + choice.integer(Math.max(1, Math.min(200, maximum - minimum)))]);
}

function validText(schema: JsonObject, name: string, sources: ValueSources): Json {
  const { choice, project } = sources;
  if (name === 'project_id' || name === 'tenant_id') return project;
  const collection = REFERENCES[name] ?? (name.endsWith('_id') ? `${name.slice(0, -'_id'.length)}s` : undefined);
  const ids = collection === undefined ? [] : idsToName(collection, sources);
  if (ids.length > 0) return choice.of(ids);
  if (schema['format'] === 'uuid') return uuid(choice);
  if (schema['format'] === 'ipv4') return `10.${choice.integer(4)}.${choice.integer(4)}.${choice.integer(256)}`;
  if (schema['format'] === 'ipv6') return `fd00:${choice.integer(3)}::${choice.integer(65_536).toString(16)}`;
  if (schema['format'] === 'cidr' || name === 'prefixes' || name === 'addresses') return choice.percent(40) ? choice.of(FAVOURITE_PREFIXES) : prefix(choice);
  if (typeof schema['pattern'] === 'string' && schema['pattern'].includes('A-F')) return `fa:16:3e:${[0, 0, 0].map(() => choice.integer(256).toString(16).padStart(2, '0')).join(':')}`;
  return choice.of(WORDS[name] ?? ['', 'a', 'blue', 'ünïcödé ☂', "it's; drop table ports --", '%(x)s', '${x}', 'x'.repeat(60)]).slice(0, Number(schema['maxLength'] ?? 255));
}

/** Met again and again, so that what was added can be removed. */
const FAVOURITE_PREFIXES = ['10.1.0.0/24', '10.2.0.0/24', '10.128.0.0/16', 'fd00:1::/64'] as const;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  'provider:network_type': ['vlan', 'vxlan', 'flat', 'local', 'gre', 'nonsense'],
  'provider:physical_network': ['provider', 'physnet1', ''],
  'binding:host_id': ['', 'host-1', 'host-2'],
  host: ['host-1', 'host-2'],
  device_owner: ['', 'compute:nova', 'network:dhcp', 'network:router_interface', 'x'],
  protocol: ['tcp', 'udp', 'icmp', 'icmpv6', '47', 'any', '999', 'nonsense'],
  object_type: ['network', 'security_group', 'subnetpool', 'address_scope', 'address_group'],
  action: ['access_as_shared', 'access_as_external', 'nonsense'],
  target_project: ['*', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'x'],
  target_tenant: ['*', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'x'],
  tags: ['red', 'blue', '☂'],
  service_type: ['FLAVORS', 'CORE', 'nonsense'],
  metainfo: ['{}', 'x'],
  driver: ['', 'nonsense.Driver'],
  tag: ['red', 'blue', 'a,b', '☂', 'x y', 'x'.repeat(60)],
  segment_id: [''],
};

function idsToName(collection: string, { choice, known, project }: ValueSources): readonly string[] {
  const own = known.idsOf(collection, project);
  return own.length > 0 && choice.percent(85) ? own : known.ids(collection);
}

function prefix(choice: Choice): string {
  if (choice.percent(25)) return `fd00:${choice.integer(40).toString(16)}::/${choice.of([64, 64, 64, 48, 96, 120])}`;
  return `10.${choice.integer(8)}.${choice.integer(32)}.0/${choice.of([24, 24, 24, 16, 28, 30])}`;
}

export function uuid(choice: Choice): string {
  const digits = (count: number): string => Array.from({ length: count }, () => choice.integer(16).toString(16)).join('');
  return [8, 4, 4, 4, 12].map(digits).join('-');
}

const without = (schema: JsonObject, name: string): JsonObject => Object.fromEntries(Object.entries(schema).filter(([each]) => each !== name));

/** What no attribute, or hardly one, should be. */
export function strangeValue(choice: Choice): Json {
  return choice.of<Json>([
    null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, '', ' ', '\0', '\ud800', 'a\nb', '\u2028', '😀'.repeat(100), 'x'.repeat(5000), '0', '-1', 'None', 'null', 'true',
    '999.999.999.999', '10.0.0.0/33', '::/129', '0.0.0.0/0', '::/0', '224.0.0.1', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00', '%', "'", '"', '\\', '; DROP TABLE ports;', '../../etc/passwd', '<script>', '__proto__', 'constructor',
    [], [null], [[]], [{}], [1, 'a', null, {}], Array.from({ length: 300 }, (_, index) => String(index)), {}, { a: { b: { c: { d: [] } } } }, { __proto__x: 1, constructor: null }, { id: 1 }, { '': '' },
    'ffffffff-ffff-ffff-ffff-ffffffffffff', '10.0.0.1', ['10.0.0.1', '10.0.0.1'], [{ ip_address: '10.0.0.1' }], [{ subnet_id: null }],
  ]);
}

/** The value with something in it changed for the worse. */
export function spoilt(value: Json, choice: Choice): Json {
  if (isJsonObject(value) && Object.keys(value).length > 0 && choice.percent(90)) {
    const name = choice.of(Object.keys(value));
    return choice.weighted<() => Json>([
      [6, () => ({ ...value, [name]: spoilt(value[name] ?? null, choice) })],
      [2, () => without(value, name)],
      [1, () => ({ ...value, [choice.of(['nonsense', 'id', 'status', 'revision_number', '__proto__', 'created_at', 'project_id'])]: strangeValue(choice) })],
    ])();
  }
  if (Array.isArray(value) && value.length > 0 && choice.percent(60)) {
    const at = choice.integer(value.length);
    return choice.percent(30) ? [...(value as readonly Json[]), value[at] as Json] : (value as readonly Json[]).map((item, index) => (index === at ? spoilt(item, choice) : item));
  }
  return strangeValue(choice);
}

import { readFileSync } from 'node:fs';
import type { Attribute } from '@neutrino/lib/api/attribute';
import { ATTR_NOT_SPECIFIED } from '@neutrino/lib/api/attribute';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { STANDARD_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { describe, expect, it } from 'vitest';

interface ExtensionFacts {
  readonly name: string;
  readonly updated: string;
  readonly requires: readonly string[];
  /** Resource → action → method, as in PUT /v2.0/subnetpools/{id}/add_prefixes. */
  readonly actions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Collection, or `<parent's collection>/<collection>` → attribute → its properties. */
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}
/** alias → what neutron-lib declares. Unset flags are false. */
const facts = JSON.parse(readFileSync(new URL('api-facts.json', import.meta.url), 'utf8')) as Readonly<Record<string, ExtensionFacts>>;

const flags = ['allowPost', 'allowPut', 'isVisible', 'isFilter', 'isSortKey', 'requiredByPolicy', 'enforcePolicy', 'primaryKey'] as const;

/** Extensions that the facts are about and that are not there yet: whoever adds one takes it from this list. */
const notYet: readonly string[] = [];

/** Where we differ on purpose: "alias collection attribute property" → why. */
const sortedAgents = 'lists of agents have an order, as pages need one';
const computed = 'computed for answers, not stored';
const deviations: Readonly<Record<string, string>> = {
  'address-scope address_scopes shared isSortKey': computed,
  'agent agents admin_state_up isSortKey': sortedAgents,
  'agent agents agent_type isSortKey': sortedAgents,
  'agent agents binary isSortKey': sortedAgents,
  'agent agents created_at isSortKey': sortedAgents,
  'agent agents heartbeat_timestamp isSortKey': sortedAgents,
  'agent agents host isSortKey': sortedAgents,
  'agent agents id isSortKey': sortedAgents,
  'agent agents started_at isSortKey': sortedAgents,
  'agent agents topic isSortKey': sortedAgents,
  'agent agents id primaryKey': sortedAgents,
  'availability_zone agents availability_zone isSortKey': sortedAgents,
  'availability_zone availability_zones name primaryKey': 'a zone has no id',
  'binding ports binding:vnic_type isFilter': 'a filter that costs nothing is no error',
  'floatingip-pools floatingip_pools subnet_id primaryKey': 'a pool has no id',
  'router-service-type routers service_type_id isFilter': 'a filter that costs nothing is no error',
  'security-groups-normalized-cidr security_group_rules normalized_cidr isSortKey': computed,
  'service-type service_providers name primaryKey': 'a provider has no id',
  ...sortableStandardAttributes(),
  'subnetpool subnetpools shared isSortKey': computed,
};

/** Lists are sorted by what every object has, whether or not the released API validates that as a sort key. */
function sortableStandardAttributes(): Readonly<Record<string, string>> {
  const names = { description: 'description', revisions: 'revision_number', timestamp: 'created_at', 'timestamp ': 'updated_at' };
  const why = 'what lies in a column can be sorted by';
  return Object.fromEntries(
    STANDARD_COLLECTIONS.flatMap((collection) => Object.entries(names).map(([kind, name]) => [`standard-attr-${kind.trim()} ${collection} ${name} isSortKey`, why])),
  );
}

/** Attributes of ours beside the released ones: "alias collection attribute" → why. */
const additions: Readonly<Record<string, string>> = {
  'flavors flavors tenant_id': 'clients may give the project of whoever makes it, as in releases before',
  'flavors service_profiles tenant_id': 'clients may give the project of whoever makes it, as in releases before',
};

/** Extensions whose names say more than a name does. */
const otherNames: Readonly<Record<string, string>> = { 'standard-attr-tag': 'the released name lists resources, of services too that are not there' };

/** Where an extension requires others than the released one: alias → what, and why. */
const otherRequirements: Readonly<Record<string, { readonly requires: readonly string[]; readonly why: string }>> = {
  'dns-integration': { requires: [], why: 'names of ports need no router' },
  'floating-ip-port-forwarding-detail': { requires: ['expose-port-forwarding-in-fip'], why: 'it says how those show' },
  l3_agent_scheduler: { requires: ['agent', 'router'], why: 'agents and routers are what it joins' },
  router: { requires: ['external-net'], why: 'a gateway is of a network outside' },
  tag: { requires: ['standard-attr-tag'], why: 'it is part of that' },
};

/** Attributes by the name that the facts give them: the owner is `project_id` in some maps and `tenant_id` in others. */
function declared(alias: string): Readonly<Record<string, Readonly<Record<string, Attribute>>>> {
  const extension = extensions.find((each) => each.alias === alias);
  const own = (extension?.resources ?? []).map((resource) => [resource.parent === undefined ? resource.collection : `${resource.parent.collection}/${resource.collection}`, resource.attributes] as const);
  const maps: Record<string, Record<string, Attribute>> = {};
  for (const [collection, attributes] of [...own, ...Object.entries(extension?.extends ?? {})]) {
    const known = facts[alias]?.attributes?.[collection] ?? {};
    const named = Object.entries(attributes).map(([name, attribute]) => [name === 'tenant_id' && !('tenant_id' in known) && 'project_id' in known ? 'project_id' : name, attribute] as const);
    maps[collection] = { ...maps[collection], ...Object.fromEntries(named) };
  }
  return maps;
}

/** The core (network, subnet, port) is no extension to clients. */
const listed = extensions.filter(({ core }) => core !== true);

function differences(alias: string, collection: string, name: string, fact: Readonly<Record<string, unknown>>): readonly string[] {
  const map = declared(alias)[collection];
  // A part of an object may be routes alone: what they take and show is in their schemas.
  if (map === undefined && collection.includes('/')) return [];
  const attribute = map?.[name];
  const at = `${alias} ${collection} ${name}`;
  if (attribute === undefined) return [`${at} missing`];
  const wrong: string[] = flags.filter((flag) => (fact[flag] ?? false) !== (attribute[flag] ?? false)).map((flag) => `${at} ${flag}`);
  const fallback = attribute.default === ATTR_NOT_SPECIFIED ? 'ATTR_NOT_SPECIFIED' : attribute.default;
  // A default of what no request gives means nothing.
  if (attribute.allowPost && JSON.stringify(fallback) !== JSON.stringify(fact['default'])) wrong.push(`${at} default`);
  return wrong;
}

describe('API definitions', () => {
  it('are declared for every alias that the facts are about, but for those not there yet, and for no other', () => {
    const aliases = extensions.map(({ alias }) => alias);
    expect(aliases.filter((alias) => facts[alias] === undefined)).toEqual([]);
    expect(Object.keys(facts).filter((alias) => !aliases.includes(alias))).toEqual(notYet);
  });

  it('agree with the released API attribute by attribute, but for the deviations listed here', () => {
    const found = Object.entries(facts).flatMap(([alias, { attributes = {} }]) =>
      notYet.includes(alias) ? [] : Object.entries(attributes).flatMap(([collection, map]) => Object.entries(map).flatMap(([name, fact]) => differences(alias, collection, name, fact))),
    );
    expect(found.toSorted()).toEqual(Object.keys(deviations).toSorted());
  });

  it('add no attribute to a resource that the facts do not know', () => {
    const unknown = Object.entries(facts).flatMap(([alias, { attributes = {} }]) =>
      Object.entries(declared(alias)).flatMap(([collection, map]) => Object.keys(map).filter((name) => attributes[collection]?.[name] === undefined).map((name) => `${alias} ${collection} ${name}`)),
    );
    expect(unknown.toSorted()).toEqual(Object.keys(additions).toSorted());
  });

  it('have a route for every action, and one for every part of an object, of the released API', () => {
    const wanted = listed.flatMap(({ alias }) => {
      const { actions = {}, attributes = {} } = facts[alias] ?? {};
      const parts = Object.keys(attributes).filter((collection) => collection.includes('/'));
      return [...Object.values(actions).flatMap((each) => Object.entries(each).map(([action, method]) => `${alias} ${method} ${action}`)), ...parts.map((part) => `${alias} ${part}`)];
    });
    const found = listed.flatMap(({ alias, resources = [], extends: extended = {}, routes = [] }) => [
      ...routes.map(({ method, path }) => `${alias} ${method} ${path.split('/').at(-1) ?? ''}`),
      ...routes.map(({ path }) => `${alias} ${path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{')).slice(0, 2).join('/')}`),
      ...resources.flatMap(({ collection, parent }) => (parent === undefined ? [] : [`${alias} ${parent.collection}/${collection}`])),
      ...Object.keys(extended).map((collection) => `${alias} ${collection}`),
    ]);
    expect(wanted.filter((each) => !found.includes(each))).toEqual([]);
  });

  it('require what the released extensions require', () => {
    const found = listed.map(({ alias, requires = [] }) => [alias, requires.toSorted()]);
    const wanted = listed.map(({ alias }) => [alias, alias in otherRequirements ? otherRequirements[alias]?.requires : (facts[alias]?.requires ?? []).toSorted()]);
    expect(found).toEqual(wanted);
  });

  it('bear the names of the released extensions', () => {
    const named = listed.filter(({ alias }) => otherNames[alias] === undefined);
    expect(named.map(({ alias, name }) => [alias, name])).toEqual(named.map(({ alias }) => [alias, facts[alias]?.name]));
  });

  it('bear the dates under which clients know them', () => {
    const dates = extensions.map(({ alias, updated }) => [alias, Date.parse(updated)]);
    expect(dates).toEqual(extensions.map(({ alias }) => [alias, Date.parse(facts[alias]?.updated ?? '')]));
  });

  it('give every resource a way to be told apart and every default a value that its own checks accept', () => {
    for (const { collection, attributes, parent } of buildApi(extensions).resources) {
      const key = ({ availability_zones: 'name', bindings: 'host', floatingip_pools: 'subnet_id', network_ip_availabilities: 'network_id', service_providers: 'name' } as Record<string, string>)[collection] ?? 'id';
      expect(Object.keys(attributes), collection).toContain(key);
      if (parent !== undefined) continue;
      for (const [name, { default: fallback, validate, convertTo }] of Object.entries(attributes)) {
        if (fallback === undefined || typeof fallback === 'symbol') continue;
        expect(validate?.(convertTo === undefined ? fallback : convertTo(fallback)), `${collection} ${name}`).toBeUndefined();
      }
    }
  });
});

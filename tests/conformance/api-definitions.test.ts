import { readFileSync } from 'node:fs';
import type { Attribute } from '@neutrino/lib/api/attribute';
import { ATTR_NOT_SPECIFIED } from '@neutrino/lib/api/attribute';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { describe, expect, it } from 'vitest';

interface ExtensionFacts {
  readonly name: string;
  readonly updated: string;
  readonly requires: readonly string[];
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}
/** alias → what neutron-lib declares: name, requirements, attributes. Unset flags are false. */
const facts = JSON.parse(readFileSync(new URL('api-facts.json', import.meta.url), 'utf8')) as Readonly<Record<string, ExtensionFacts>>;

const flags = ['allowPost', 'allowPut', 'isVisible', 'isFilter', 'isSortKey', 'requiredByPolicy', 'enforcePolicy', 'primaryKey'] as const;

/** Where we differ on purpose: "alias collection attribute property" → why. */
const sortedAgents = 'lists of agents have an order, as pages need one';
const deviations: Readonly<Record<string, string>> = {
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
  'security-groups-normalized-cidr security_group_rules normalized_cidr isSortKey': 'computed for answers, not stored',
  'subnet subnets prefixlen missing': 'only subnet pools give it a meaning, and there are none',
  'subnet subnets subnetpool_id isSortKey': 'always null',
};

function declared(alias: string): Readonly<Record<string, Readonly<Record<string, Attribute>>>> {
  const extension = extensions.find((each) => each.alias === alias);
  const own = (extension?.resources ?? []).filter(({ parent }) => parent === undefined).map(({ collection, attributes }) => [collection, attributes] as const);
  return { ...Object.fromEntries(own), ...extension?.extends };
}

function differences(alias: string, collection: string, name: string, fact: Readonly<Record<string, unknown>>): readonly string[] {
  const attribute = declared(alias)[collection]?.[name];
  const at = `${alias} ${collection} ${name}`;
  if (attribute === undefined) return [`${at} missing`];
  const wrong: string[] = flags.filter((flag) => (fact[flag] ?? false) !== (attribute[flag] ?? false)).map((flag) => `${at} ${flag}`);
  const fallback = attribute.default === ATTR_NOT_SPECIFIED ? 'ATTR_NOT_SPECIFIED' : attribute.default;
  // A default of what no request gives means nothing.
  if (attribute.allowPost && JSON.stringify(fallback) !== JSON.stringify(fact['default'])) wrong.push(`${at} default`);
  return wrong;
}

describe('API definitions', () => {
  it('are declared for every alias that the facts are about, and for no other', () => {
    expect(extensions.map(({ alias }) => alias).toSorted()).toEqual(Object.keys(facts).toSorted());
  });

  it('agree with the released API attribute by attribute, but for the deviations listed here', () => {
    const found = Object.entries(facts).flatMap(([alias, { attributes = {} }]) =>
      Object.entries(attributes).flatMap(([collection, map]) => Object.entries(map).flatMap(([name, fact]) => differences(alias, collection, name, fact))),
    );
    expect(found.toSorted()).toEqual(Object.keys(deviations).toSorted());
  });

  it('add no attribute to a resource that the facts do not know', () => {
    const unknown = Object.entries(facts).flatMap(([alias, { attributes }]) => {
      if (attributes === undefined) return [];
      return Object.entries(declared(alias)).flatMap(([collection, map]) => Object.keys(map).filter((name) => attributes[collection]?.[name] === undefined).map((name) => `${alias} ${collection} ${name}`));
    });
    expect(unknown).toEqual([]);
  });

  it('require what the released extensions require', () => {
    const found = extensions.filter(({ core }) => core !== true).map(({ alias, requires = [] }) => [alias, requires.toSorted()]);
    const wanted = extensions.filter(({ core }) => core !== true).map(({ alias }) => [alias, (facts[alias]?.requires ?? []).toSorted()]);
    expect(found).toEqual(wanted);
  });

  it('bear the dates under which clients know them', () => {
    const dates = extensions.map(({ alias, updated }) => [alias, Date.parse(updated)]);
    expect(dates).toEqual(extensions.map(({ alias }) => [alias, Date.parse(facts[alias]?.updated ?? '')]));
  });

  it('give every resource a way to be told apart and every default a value that its own checks accept', () => {
    for (const { collection, attributes, parent } of buildApi(extensions).resources) {
      if (parent !== undefined) continue;
      expect(Object.keys(attributes), collection).toContain(collection === 'availability_zones' ? 'name' : 'id');
      for (const [name, { default: fallback, validate, convertTo }] of Object.entries(attributes)) {
        if (fallback === undefined || typeof fallback === 'symbol') continue;
        expect(validate?.(convertTo === undefined ? fallback : convertTo(fallback)), `${collection} ${name}`).toBeUndefined();
      }
    }
  });
});

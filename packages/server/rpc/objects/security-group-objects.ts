import type { JsonObject } from '@neutrino/lib/json';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { SecurityGroupRulesTable } from '../../db/schema.ts';
import { normalizedCidr } from '../../securitygroups/rule-attributes.ts';
import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, primitive, unlessNull, without } from './versioned-object.ts';

export const securityGroupRuleObjects: ObjectType = {
  name: 'SecurityGroupRule',
  version: '1.2',
  columns: ['id', 'project_id', 'tenant_id', 'security_group_id', 'remote_group_id', 'remote_address_group_id', 'direction', 'ethertype', 'protocol', 'remote_ip_prefix'],
  fields: ['port_range_min', 'port_range_max', 'revision_number', 'description'],
  read: async (db, chosen) => (await db.selectFrom('security_group_rules').selectAll().where(rowsChosen('security_group_rules', chosen)).orderBy('id').execute()).map(ruleData),
  older: (data, minor) => without(data, ...(minor < 2 ? ['normalized_cidr'] : []), ...(minor < 1 ? ['remote_address_group_id'] : [])),
  deleted: {},
};

export const securityGroupObjects: ObjectType = {
  name: 'SecurityGroup',
  version: '1.5',
  columns: ['id', 'project_id', 'tenant_id', 'name'],
  fields: ['stateful', 'is_default', 'shared', 'revision_number', 'description'],
  async read(db, chosen) {
    const groups = await db.selectFrom('security_groups').selectAll().where(rowsChosen('security_groups', chosen)).orderBy('id').execute();
    const ids = groups.map(({ id }) => id);
    const rules = await unlessEmpty(ids, (part) => db.selectFrom('security_group_rules').selectAll().where(inList('security_group_id', part)).orderBy('id').execute());
    const defaults = await unlessEmpty(ids, (part) => db.selectFrom('default_security_groups').select('security_group_id').where(inList('security_group_id', part)).execute());
    const shared = await unlessEmpty(ids, (part) =>
      db.selectFrom('security_group_rbacs').select('object_id').where(inList('object_id', part)).where('action', '=', 'access_as_shared').where('target_project', '=', '*').execute(),
    );
    const ofGroup = Map.groupBy(rules, ({ security_group_id }) => security_group_id);
    const [isDefault, open] = [new Set(defaults.map(({ security_group_id }) => security_group_id)), new Set(shared.map(({ object_id }) => object_id))];
    return groups.map((row) => ({
      id: row.id,
      name: row.name,
      project_id: row.project_id,
      shared: open.has(row.id),
      stateful: row.stateful === 1,
      is_default: isDefault.has(row.id),
      rules: (ofGroup.get(row.id) ?? []).map((rule) => primitive({ name: 'SecurityGroupRule', version: '1.2', data: ruleData(rule) })),
      revision_number: row.revision_number,
      description: row.description,
      created_at: objectTime(row.created_at),
      updated_at: objectTime(row.updated_at),
    }));
  },
  older(data, minor) {
    const older = without(data, ...(minor < 1 ? ['shared'] : []), ...(minor < 2 ? ['stateful'] : []));
    if (minor >= 4 || !Array.isArray(older['rules'])) return older;
    const ruleMinor = minor < 3 ? 0 : 1;
    const rules = older['rules'].map((rule: JsonObject) => ({
      ...rule,
      'versioned_object.version': `1.${ruleMinor}`,
      'versioned_object.data': securityGroupRuleObjects.older(rule['versioned_object.data'] as JsonObject, ruleMinor),
    }));
    return { ...older, rules };
  },
  deleted: { is_default: false, stateful: true },
};

function ruleData(row: SecurityGroupRulesTable): JsonObject {
  return {
    id: row.id,
    project_id: row.project_id,
    security_group_id: row.security_group_id,
    remote_group_id: unlessNull(row.remote_group_id),
    direction: row.direction,
    ethertype: row.ethertype,
    protocol: unlessNull(row.protocol),
    port_range_min: unlessNull(row.port_range_min),
    port_range_max: unlessNull(row.port_range_max),
    remote_ip_prefix: unlessNull(row.remote_ip_prefix),
    remote_address_group_id: unlessNull(row.remote_address_group_id),
    normalized_cidr: normalizedCidr(row.remote_ip_prefix),
    revision_number: row.revision_number,
    description: row.description,
    created_at: objectTime(row.created_at),
    updated_at: objectTime(row.updated_at),
  };
}

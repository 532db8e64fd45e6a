import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { DuplicateSecurityGroupRuleInPost, SecurityGroupNotSingleGroupRules, SecurityGroupRuleExists, SecurityGroupRuleNotFound, SecurityGroupRulesNotSingleTenant } from '@neutrino/lib/exceptions/security-group';
import type { JsonObject } from '@neutrino/lib/json';
import { sql } from 'kysely';
import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { RequestContext } from '../context.ts';
import { columnsNamed, either, listRows, type ListSource } from '../db/list-query.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { checkRevision, visibleGroup } from './group-handler.ts';
import { bumpGroup, newRuleRow, ruleView, type RuleRow } from './group-rows.ts';
import { normalizedCidr, ruleAttributes, ruleKey, type RuleAttributes } from './rule-attributes.ts';

const nullable = (column: string): { readonly column: string; readonly nullable: true } => ({ column, nullable: true });

const source: ListSource = {
  table: 'security_group_rules',
  columns: {
    ...columnsNamed('id', 'project_id', 'security_group_id', 'direction', 'ethertype', 'description', 'revision_number', 'created_at', 'updated_at'),
    remote_group_id: nullable('remote_group_id'),
    protocol: nullable('protocol'),
    port_range_min: nullable('port_range_min'),
    port_range_max: nullable('port_range_max'),
    remote_ip_prefix: nullable('remote_ip_prefix'),
  },
  filters: {
    // Shown, not stored: found by the prefixes that could be behind it.
    normalized_cidr: (values) => either(values.map((value) => sql`security_group_rules.remote_ip_prefix = ${normalizedCidr(typeof value === 'string' ? value : null)}`)),
  },
};

/** Rules of security groups. They are made and deleted, never changed. */
export function createRuleHandler({ db, callbacks }: { readonly db: Db; readonly callbacks: CallbackRegistry }): ResourceHandler {
  return {
    async list(context, query) {
      let visible = db.selectFrom('security_group_rules').selectAll('security_group_rules');
      if (!context.isAdmin) {
        // What a project sees of its groups includes rules that an admin put there.
        const own = db.selectFrom('security_groups').select('security_groups.id').where('security_groups.project_id', '=', context.projectId ?? '');
        visible = visible.where('security_group_rules.security_group_id', 'in', own);
      }
      return (await listRows(visible, query, source)).map(ruleView);
    },

    async get(context, id) {
      return ruleView(await visibleRule(db, context, id));
    },

    async create(context, bodies, options) {
      const created = await transact(db, async (tx) => {
        const { groupId, projectId } = commonOwner(context, bodies);
        const rules = bodies.map((body) => ({ attributes: ruleAttributes(body), description: String(body['description'] ?? '') }));
        const group = await visibleGroup(tx, context, groupId);
        for (const { attributes } of rules) {
          if (attributes.remote_group_id !== null) await visibleGroup(tx, context, attributes.remote_group_id);
        }
        await refuseDuplicates(tx, groupId, rules.map(({ attributes }) => attributes));
        const rows = rules.map(({ attributes, description }) => newRuleRow({ projectId: projectId || group.project_id, groupId, description }, attributes));
        await tx.insertInto('security_group_rules').values(rows).execute();
        await bumpGroup(tx, groupId);
        await options?.beforeCommit?.(tx);
        return rows.map(ruleView);
      });
      for (const current of created) {
        await callbacks.publish({ resource: 'security_group_rule', operation: 'create', context, id: String(current['id']), current });
      }
      return created;
    },

    async delete(context, id, options) {
      const current = await transact(db, async (tx) => {
        const row = await visibleRule(tx, context, id);
        checkRevision(row, options?.revisionNumber);
        await tx.deleteFrom('security_group_rules').where('id', '=', id).execute();
        await bumpGroup(tx, row.security_group_id);
        return ruleView(row);
      });
      await callbacks.publish({ resource: 'security_group_rule', operation: 'delete', context, id, current });
    },
  };
}

/** One request makes rules of one group and one project. */
function commonOwner(context: RequestContext, bodies: readonly JsonObject[]): { groupId: string; projectId: string } {
  const groups = new Set(bodies.map((body) => body['security_group_id']));
  const projects = new Set(bodies.map((body) => body['project_id'] ?? context.projectId ?? ''));
  if (groups.size > 1) throw new NeutronError(SecurityGroupNotSingleGroupRules);
  if (projects.size > 1) throw new NeutronError(SecurityGroupRulesNotSingleTenant);
  return { groupId: String([...groups][0]), projectId: String([...projects][0]) };
}

/** All within the transaction: two requests for the same rule at once make one. */
async function refuseDuplicates(tx: Tx, groupId: string, rules: readonly RuleAttributes[]): Promise<void> {
  const wanted = new Set(rules.map(ruleKey));
  if (wanted.size < rules.length) throw new NeutronError(DuplicateSecurityGroupRuleInPost);
  const known = await tx.selectFrom('security_group_rules').selectAll().where('security_group_id', '=', groupId).execute();
  const same = known.find((row) => wanted.has(ruleKey(storedAttributes(row))));
  if (same !== undefined) throw new NeutronError(SecurityGroupRuleExists, { rule_id: same.id });
}

function storedAttributes(row: RuleRow): RuleAttributes {
  return { ...row, direction: row.direction === 'egress' ? 'egress' : 'ingress', ethertype: row.ethertype === 'IPv6' ? 'IPv6' : 'IPv4' };
}

async function visibleRule(db: DbOrTx, context: RequestContext, id: string): Promise<RuleRow> {
  let query = db
    .selectFrom('security_group_rules')
    .innerJoin('security_groups', 'security_groups.id', 'security_group_rules.security_group_id')
    .selectAll('security_group_rules')
    .where('security_group_rules.id', '=', id);
  if (!context.isAdmin) query = query.where('security_groups.project_id', '=', context.projectId ?? '');
  const row = await query.executeTakeFirst();
  if (row === undefined) throw new NeutronError(SecurityGroupRuleNotFound, { id });
  return row;
}

import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { DuplicateSecurityGroupRuleInPost, SecurityGroupNotSingleGroupRules, SecurityGroupRuleExists, SecurityGroupRuleNotFound, SecurityGroupRulesNotSingleTenant } from '@neutrino/lib/exceptions/security-group';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import type { JsonObject } from '@neutrino/lib/json';
import { expressionBuilder, sql, type ExpressionWrapper, type SqlBool } from 'kysely';
import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { RequestContext } from '../context.ts';
import { recordChanges } from '../change-log/record-changes.ts';
import { columnsNamed, either, listRows, type ListSource } from '../db/list-query.ts';
import { rowsExist } from '../db/rows-exist.ts';
import type { Database } from '../db/schema.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { requireAddressGroups } from '../services/address-group/address-group-rows.ts';
import { checkRevision, touch } from '../plugins/ml2/standard-attributes.ts';
import { ensureDefault, listedProject } from './group-handler.ts';
import { insertRules, newRuleRow, ruleView, type RuleRow } from './group-rows.ts';
import { normalizedCidr, ruleAttributes, ruleKey, type RuleAttributes } from './rule-attributes.ts';
import { requireVisible, visibleGroup } from './visible-group.ts';

const nullable = (column: string): { readonly column: string; readonly nullable: true } => ({ column, nullable: true });

const source: ListSource = {
  table: 'security_group_rules',
  columns: {
    ...columnsNamed('id', 'project_id', 'security_group_id', 'direction', 'ethertype', 'description', 'revision_number', 'created_at', 'updated_at'),
    remote_group_id: nullable('remote_group_id'),
    remote_address_group_id: nullable('remote_address_group_id'),
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
      await ensureDefault(db, listedProject(context, query));
      const visible = db.selectFrom('security_group_rules').selectAll('security_group_rules').where(ownRules(context));
      return (await listRows(visible, query, source)).map(ruleView);
    },

    async get(context, id) {
      return ruleView(await visibleRule(db, context, id));
    },

    async create(context, bodies, options) {
      const created = await transact(db, async (tx) => {
        const { groupId, projectId } = commonOwner(context, bodies);
        const rules = bodies.map((body) => ({ attributes: ruleAttributes(body), description: String(body['description'] ?? '') }));
        await requireVisible(tx, context, [...new Set(rules.flatMap(({ attributes }) => attributes.remote_group_id ?? []))]);
        await requireAddressGroups(tx, context, [...new Set(rules.flatMap(({ attributes }) => attributes.remote_address_group_id ?? []))]);
        const group = await visibleGroup(tx, context, groupId);
        // Whom a group is shared with may use it, not change what it lets through.
        if (!context.isAdmin && group.project_id !== context.projectId) throw new NeutronError(PolicyNotAuthorized, { rule: 'rule:create_security_group_rule' });
        // A change of its rules is a change of the group: clients and agents compare revisions. It is the lock, too, under which they change.
        await touch(tx, 'security_groups', [groupId]);
        await refuseDuplicates(tx, groupId, rules.map(({ attributes }) => attributes));
        const rows = rules.map(({ attributes, description }) => newRuleRow({ projectId: projectId || group.project_id, groupId, description }, attributes));
        await insertRules(tx, rows);
        await recordChanges(tx, [{ kind: 'rules', subject: groupId, object: '' }]);
        await options?.beforeCommit?.(tx);
        return rows.map(ruleView);
      }, rowsExist('security_group_rules'));
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
        await touch(tx, 'security_groups', [row.security_group_id]);
        await recordChanges(tx, [{ kind: 'rules', subject: row.security_group_id, object: '' }]);
        return ruleView(row);
      });
      await callbacks.publish({ resource: 'security_group_rule', operation: 'delete', context, id, current });
    },
  };
}

/** A project sees the rules of its groups, those that an admin put there too, and its own rules in groups of others. */
function ownRules({ isAdmin, projectId = '' }: RequestContext): ExpressionWrapper<Database, 'security_group_rules', SqlBool> {
  const eb = expressionBuilder<Database, 'security_group_rules'>();
  if (isAdmin) return eb.lit(true);
  const groups = eb.selectFrom('security_groups').select('security_groups.id').where('security_groups.project_id', '=', projectId);
  return eb.or([eb('security_group_rules.project_id', '=', projectId), eb('security_group_rules.security_group_id', 'in', groups)]);
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
  const known = await tx.selectFrom('security_group_rules').selectAll().where('security_group_id', '=', groupId).where(likeOneOf(rules)).execute();
  const same = known.find((row) => wanted.has(ruleKey(storedAttributes(row))));
  if (same !== undefined) throw new NeutronError(SecurityGroupRuleExists, { rule_id: same.id });
}

/** Beyond this many, all the rules of the group are looked at. */
const mostLikenesses = 20;

/** What is quickly compared, so that one more rule of a group with thousands does not cost a look at each. */
function likeOneOf(rules: readonly RuleAttributes[]): ExpressionWrapper<Database, 'security_group_rules', SqlBool> {
  const eb = expressionBuilder<Database, 'security_group_rules'>();
  if (rules.length > mostLikenesses) return eb.lit(true);
  return eb.or(
    rules.map(({ direction, ethertype, port_range_min: low, port_range_max: high, remote_group_id: remote, remote_address_group_id: addresses }) =>
      eb.and([
        eb('direction', '=', direction),
        eb('ethertype', '=', ethertype),
        low === null ? eb('port_range_min', 'is', null) : eb('port_range_min', '=', low),
        high === null ? eb('port_range_max', 'is', null) : eb('port_range_max', '=', high),
        remote === null ? eb('remote_group_id', 'is', null) : eb('remote_group_id', '=', remote),
        addresses === null ? eb('remote_address_group_id', 'is', null) : eb('remote_address_group_id', '=', addresses),
      ]),
    ),
  );
}

function storedAttributes(row: RuleRow): RuleAttributes {
  return { ...row, direction: row.direction === 'egress' ? 'egress' : 'ingress', ethertype: row.ethertype === 'IPv6' ? 'IPv6' : 'IPv4' };
}

async function visibleRule(db: DbOrTx, context: RequestContext, id: string): Promise<RuleRow> {
  const row = await db.selectFrom('security_group_rules').selectAll('security_group_rules').where('security_group_rules.id', '=', id).where(ownRules(context)).executeTakeFirst();
  if (row === undefined) throw new NeutronError(SecurityGroupRuleNotFound, { id });
  return row;
}

import { sql } from 'kysely';
import type { IdentityDb } from './identity-database.ts';
import { notFound } from './keystone-error.ts';

export interface Role {
  readonly id: string;
  readonly name: string;
}
/** Where a role is held. */
export type GrantScope = { readonly kind: 'project' | 'domain'; readonly id: string };

/** Keystone's default roles imply one another: who has the first has those after it. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = { admin: ['member', 'reader'], member: ['reader'] };

const tables = { project: 'project_grants', domain: 'domain_grants' } as const;

/** The roles given, in the order in which they were made. */
export function grantedRoles(db: IdentityDb, userId: string, scope: GrantScope): Promise<readonly Role[]> {
  return db
    .selectFrom(tables[scope.kind])
    .innerJoin('roles', 'roles.id', 'role_id')
    .where('user_id', '=', userId)
    .where('target_id', '=', scope.id)
    .select(['roles.id', 'roles.name'])
    .orderBy('roles.name')
    .execute();
}

/** The roles given and those that they imply. */
export async function effectiveRoles(db: IdentityDb, userId: string, scope: GrantScope): Promise<readonly Role[]> {
  const granted = await grantedRoles(db, userId, scope);
  const names = new Set(granted.map(({ name }) => name));
  const implied = [...names].flatMap((name) => IMPLIED[name] ?? []).filter((name) => !names.has(name));
  if (implied.length === 0) return granted;
  return [...granted, ...(await db.selectFrom('roles').select(['id', 'name']).where('name', 'in', implied).orderBy('name').execute())];
}

/** Idempotent. Throws 404 where user, target or role does not exist. */
export async function addGrant(db: IdentityDb, scope: GrantScope, userId: string, roleId: string): Promise<void> {
  await requireParts(db, scope, userId, roleId);
  await db
    .insertInto(tables[scope.kind])
    .values({ target_id: scope.id, user_id: userId, role_id: roleId })
    .onConflict((found) => found.doNothing())
    .execute();
}

/** Throws 404 where there is no such grant. */
export async function removeGrant(db: IdentityDb, scope: GrantScope, userId: string, roleId: string): Promise<void> {
  await requireParts(db, scope, userId, roleId);
  const result = await db.deleteFrom(tables[scope.kind]).where('target_id', '=', scope.id).where('user_id', '=', userId).where('role_id', '=', roleId).executeTakeFirst();
  if (result.numDeletedRows === 0n) throw notFound('role assignment', roleId);
}

async function requireParts(db: IdentityDb, scope: GrantScope, userId: string, roleId: string): Promise<void> {
  const parts = [
    [scope.kind, scope.id, scope.kind === 'project' ? 'projects' : 'domains'],
    ['user', userId, 'users'],
    ['role', roleId, 'roles'],
  ] as const;
  for (const [resource, id, table] of parts) {
    const found = await db.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst();
    if (found === undefined) throw notFound(resource, id);
  }
}

export interface AssignmentFilter {
  readonly userId?: string;
  readonly roleId?: string;
  readonly projectId?: string;
  readonly domainId?: string;
}
export interface Assignment {
  readonly kind: 'project' | 'domain';
  readonly target: Role;
  /** Domain of the project; of a domain, itself. */
  readonly targetDomain: Role;
  readonly user: Role;
  readonly userDomain: Role;
  readonly role: Role;
}

/** Every grant that passes the filter, with names. `effective`: also those that a grant implies. */
export async function listAssignments(db: IdentityDb, filter: AssignmentFilter, effective = false): Promise<readonly Assignment[]> {
  if (effective) {
    const { roleId, ...others } = filter;
    const all = await withImplied(db, await listAssignments(db, others));
    return roleId === undefined ? all : all.filter(({ role }) => role.id === roleId);
  }
  const projects = filter.domainId === undefined ? await assignmentsOn(db, 'project', filter) : [];
  const domains = filter.projectId === undefined ? await assignmentsOn(db, 'domain', filter) : [];
  return [...projects, ...domains];
}

async function withImplied(db: IdentityDb, granted: readonly Assignment[]): Promise<readonly Assignment[]> {
  const roles = await db.selectFrom('roles').select(['id', 'name']).execute();
  const implied = granted.flatMap((assignment) => roles.filter(({ name }) => IMPLIED[assignment.role.name]?.includes(name)).map((role) => ({ ...assignment, role })));
  const unique = new Map([...implied, ...granted].map((assignment) => [`${assignment.kind} ${assignment.target.id} ${assignment.user.id} ${assignment.role.id}`, assignment]));
  return [...unique.values()];
}

interface AssignmentRow {
  readonly target_id: string;
  readonly target_name: string;
  readonly target_domain_id: string;
  readonly target_domain_name: string;
  readonly user_id: string;
  readonly user_name: string;
  readonly user_domain_id: string;
  readonly user_domain_name: string;
  readonly role_id: string;
  readonly role_name: string;
}

async function assignmentsOn(db: IdentityDb, kind: 'project' | 'domain', filter: AssignmentFilter): Promise<readonly Assignment[]> {
  const targets = kind === 'project' ? sql`(select id, name, domain_id from projects)` : sql`(select id, name, id as domain_id from domains)`;
  const equals = (column: string, value: string | undefined) => (value === undefined ? sql`true` : sql`${sql.ref(column)} = ${value}`);
  const { rows } = await sql<AssignmentRow>`
    select t.id as target_id, t.name as target_name, td.id as target_domain_id, td.name as target_domain_name,
      u.id as user_id, u.name as user_name, ud.id as user_domain_id, ud.name as user_domain_name, r.id as role_id, r.name as role_name
    from ${sql.table(tables[kind])} g
      join ${targets} t on t.id = g.target_id
      join domains td on td.id = t.domain_id
      join users u on u.id = g.user_id
      join domains ud on ud.id = u.domain_id
      join roles r on r.id = g.role_id
    where ${equals('u.id', filter.userId)} and ${equals('r.id', filter.roleId)} and ${equals('t.id', kind === 'project' ? filter.projectId : filter.domainId)}
    order by u.name, t.name, r.name`.execute(db);
  return rows.map((row) => ({
    kind,
    target: { id: row.target_id, name: row.target_name },
    targetDomain: { id: row.target_domain_id, name: row.target_domain_name },
    user: { id: row.user_id, name: row.user_name },
    userDomain: { id: row.user_domain_id, name: row.user_domain_name },
    role: { id: row.role_id, name: row.role_name },
  }));
}

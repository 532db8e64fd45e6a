import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { baseUrl, pathParameter, queryOf, requireAdmin } from './caller.ts';
import { addGrant, type Assignment, type GrantScope, grantedRoles, listAssignments, removeGrant } from './grants.ts';
import type { IdentityDb } from './identity-database.ts';
import { notFound } from './keystone-error.ts';
import type { TokenService } from './token-service.ts';

/** Who holds which role where: /v3/{projects,domains}/ID/users/ID/roles, and /v3/role_assignments. */
export function registerGrantRoutes(app: FastifyInstance, db: IdentityDb, tokens: TokenService): void {
  for (const kind of ['project', 'domain'] as const) {
    const path = `/v3/${kind}s/:target/users/:user/roles`;
    const scopeOf = (request: FastifyRequest): GrantScope => ({ kind, id: pathParameter(request, 'target') });

    app.get(path, async (request) => {
      await requireAdmin(tokens, request, 'identity:list_grants');
      const roles = await grantedRoles(db, pathParameter(request, 'user'), scopeOf(request));
      return { roles, links: { self: `${baseUrl(request)}${request.url}`, next: null, previous: null } };
    });
    app.put(`${path}/:role`, async (request, reply) => {
      await requireAdmin(tokens, request, 'identity:create_grant');
      await addGrant(db, scopeOf(request), pathParameter(request, 'user'), pathParameter(request, 'role'));
      return reply.code(204).send();
    });
    app.get(`${path}/:role`, async (request, reply) => {
      await requireAdmin(tokens, request, 'identity:check_grant');
      const role = pathParameter(request, 'role');
      const roles = await grantedRoles(db, pathParameter(request, 'user'), scopeOf(request));
      if (!roles.some(({ id }) => id === role)) throw notFound('role assignment', role);
      return reply.code(204).send();
    });
    app.delete(`${path}/:role`, async (request, reply) => {
      await requireAdmin(tokens, request, 'identity:revoke_grant');
      await removeGrant(db, scopeOf(request), pathParameter(request, 'user'), pathParameter(request, 'role'));
      return reply.code(204).send();
    });
  }

  app.get('/v3/role_assignments', async (request) => {
    await requireAdmin(tokens, request, 'identity:list_role_assignments');
    const query = queryOf(request);
    // Groups and roles on the system do not exist here, so nobody has any.
    const elsewhere = query['group.id'] !== undefined || query['scope.system'] !== undefined;
    const named = { userId: query['user.id'], roleId: query['role.id'], projectId: query['scope.project.id'], domainId: query['scope.domain.id'] };
    const filter = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    const assignments = elsewhere ? [] : await listAssignments(db, filter, flag(query['effective']));
    const names = flag(query['include_names']);
    return {
      role_assignments: assignments.map((assignment) => showAssignment(assignment, names, baseUrl(request))),
      links: { self: `${baseUrl(request)}${request.url}`, next: null, previous: null },
    };
  });
}

function showAssignment({ kind, target, targetDomain, user, userDomain, role }: Assignment, names: boolean, base: string): JsonObject {
  const links = { assignment: `${base}/v3/${kind}s/${target.id}/users/${user.id}/roles/${role.id}` };
  if (!names) return { scope: { [kind]: { id: target.id } }, user: { id: user.id }, role: { id: role.id }, links };
  const scope = kind === 'domain' ? { domain: { ...target } } : { project: { ...target, domain: { ...targetDomain } } };
  return { scope, user: { ...user, domain: { ...userDomain } }, role: { ...role }, links };
}

/** A parameter without a value counts as true, as in Keystone. */
function flag(value: string | undefined): boolean {
  return value !== undefined && !['0', 'false', 'no', 'off'].includes(value.toLowerCase());
}

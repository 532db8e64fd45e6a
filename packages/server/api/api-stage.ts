import type { Api } from '@neutrino/lib/api/build-api';
import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { adminContext, type RequestContext } from '../context.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { ParentLookup } from '../policy/decide.ts';
import type { PolicyScope } from '../policy/enforce.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { QuotaService } from '../quota/quota-service.ts';
import { listAll, type ResourceHandler } from './resource-handler.ts';
import type { ApiSettings } from './settings.ts';

/** What the stages of a request work with. */
export interface ApiStage {
  readonly api: Api;
  /** By collection. */
  readonly handlers: Readonly<Record<string, ResourceHandler>>;
  readonly policy: PolicyEngine;
  readonly authenticate: Authenticator;
  readonly quota: QuotaService;
  readonly settings: ApiSettings;
  readonly log: Logger;
}

const GLOBAL_REQUEST_ID = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Stage 2: who asks. The request's own id is Fastify's. */
export async function contextOf(stage: ApiStage, request: FastifyRequest): Promise<RequestContext> {
  const given = request.headers['x-openstack-request-id'];
  const ids = { requestId: request.id, ...(typeof given === 'string' && GLOBAL_REQUEST_ID.test(given) && { globalRequestId: given }) };
  const query = request.url.indexOf('?');
  return stage.authenticate(request.headers, ids, { method: request.method, path: query < 0 ? request.url : request.url.slice(0, query) });
}

export function handlerOf(stage: ApiStage, collection: string): ResourceHandler {
  const handler = stage.handlers[collection];
  if (handler === undefined) throw new Error(`nothing handles ${collection}`);
  return handler;
}

/** Throws PolicyNotAuthorized where the rule `action` does not let the caller do that to `target`. */
export function authorize({ policy }: Pick<ApiStage, 'policy'>, context: RequestContext, action: string, target: JsonObject = {}): void {
  if (!policy.check(context, action, target)) throw new NeutronError(PolicyNotAuthorized, { rule: `rule:${action}` });
}

/** Who asks for what is no object's own. Throws PolicyNotAuthorized. */
export async function authorizedContext(stage: ApiStage, request: FastifyRequest, action: string): Promise<RequestContext> {
  const context = await contextOf(stage, request);
  authorize(stage, context, action);
  return context;
}

/** Stage 3: policy on one collection. */
export function policyScope(stage: ApiStage, context: RequestContext, { resource, attributes }: ResourceDeclaration): PolicyScope {
  return {
    policy: stage.policy,
    context,
    resource,
    attributes,
    parents: parentsIn(stage, context),
    notFound: (id) => notFound(resource, id),
    requireParents: async (body) => requireParents(stage, context, body),
  };
}

const PARENT_FIELDS = ['id', 'project_id', 'tenant_id', 'shared'];

/** Parents are looked up by right of the server, but what is shared with the caller's project shows as shared. */
function parentsIn(stage: ApiStage, { projectId }: RequestContext): ParentLookup {
  return async (parent, ids) => {
    const handler = stage.handlers[`${parent}s`];
    if (handler === undefined) return new Map();
    const found = await handler.list({ ...adminContext(), ...(projectId !== undefined && { projectId }) }, { ...listAll, filters: { id: ids }, fields: PARENT_FIELDS });
    return new Map(found.map((object) => [String(object['id']), object]));
  };
}

/** A `network_id` names a network, and so on for whatever else is served. */
async function requireParents(stage: ApiStage, context: RequestContext, body: JsonObject): Promise<void> {
  for (const [name, id] of Object.entries(body)) {
    const handler = name.endsWith('_id') ? stage.handlers[`${name.slice(0, -'_id'.length)}s`] : undefined;
    if (typeof id === 'string') await handler?.get(context, id);
  }
}

/** The error of an object that does not exist, or that the context may not know of: SecurityGroupNotFound for a security_group. */
function notFound(resource: string, id: string): NeutronError {
  const words = resource.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  return new NeutronError({ type: `${words.join('')}NotFound`, status: 404, message: `${words.join(' ')} %(id)s could not be found.` }, { id });
}

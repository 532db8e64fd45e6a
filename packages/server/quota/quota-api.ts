import { toBoolean, toInteger } from '@neutrino/lib/api/converters';
import { integer } from '@neutrino/lib/api/validators';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PolicyNotAuthorized } from '@neutrino/lib/exceptions/policy';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { isCounted, type CountedResource } from './counted-resources.ts';
import type { Limits, QuotaService } from './quota-service.ts';

/** /v2.0/quotas, without HTTP: each verb takes who asks and gives the body of the answer. Throws PolicyNotAuthorized. */
export interface QuotaApi {
  list(context: RequestContext): Promise<JsonObject>;
  show(context: RequestContext, projectId: string): Promise<JsonObject>;
  defaults(context: RequestContext, projectId: string): Promise<JsonObject>;
  details(context: RequestContext, projectId: string): Promise<JsonObject>;
  /** `{"quota": {"port": 10, …}}`; with `check_limit` refused where the project already has more. Throws HTTPBadRequest. */
  update(context: RequestContext, projectId: string, body: Json | undefined): Promise<JsonObject>;
  remove(context: RequestContext, projectId: string): Promise<void>;
}

const limitRange = integer(-1, 2 ** 31 - 1);

export function createQuotaApi({ quotas, policy }: { readonly quotas: QuotaService; readonly policy: PolicyEngine }): QuotaApi {
  const require = (context: RequestContext, action: string): void => {
    if (!policy.check(context, action, {})) throw new NeutronError(PolicyNotAuthorized, { rule: `rule:${action}` });
  };
  /** Everybody may see what holds for the own project. */
  const requireReader = (context: RequestContext, projectId: string): void => {
    if (projectId !== context.projectId) require(context, 'get_quota');
  };
  return {
    async list(context) {
      require(context, 'get_quota');
      return { quotas: [...(await quotas.all())].map(([projectId, limits]) => ({ ...limits, ...owner(projectId) })) };
    },

    async show(context, projectId) {
      requireReader(context, projectId);
      return { quota: { ...(await quotas.limits(projectId)), ...owner(projectId) } };
    },

    async defaults(context, projectId) {
      requireReader(context, projectId);
      return { quota: { ...quotas.defaults } };
    },

    async details(context, projectId) {
      requireReader(context, projectId);
      const usages = await quotas.usages(projectId);
      return { quota: Object.fromEntries(Object.entries(usages).map(([resource, usage]) => [resource, { ...usage }])) };
    },

    async update(context, projectId, body) {
      require(context, 'update_quota');
      const { changes, checkLimit } = readChanges(body);
      if (checkLimit) await checkUsage(quotas, projectId, changes);
      return { quota: { ...(await quotas.update(projectId, changes)), ...owner(projectId) } };
    },

    async remove(context, projectId) {
      require(context, 'delete_quota');
      await quotas.remove(projectId);
    },
  };
}

function owner(projectId: string): JsonObject {
  return { project_id: projectId, tenant_id: projectId };
}

function readChanges(body: Json | undefined): { readonly changes: Partial<Limits>; readonly checkLimit: boolean } {
  const quota = isJsonObject(body) && Object.hasOwn(body, 'quota') ? body['quota'] : undefined;
  if (!isJsonObject(quota)) throw badRequest("Unable to find 'quota' in request body");
  // `force` is what is done anyway unless `check_limit` asks for the other.
  const { force = false, check_limit: checkLimit = false, ...given } = quota;
  const changes: Partial<Record<CountedResource, number>> = {};
  const unknown = Object.keys(given).filter((name) => !isCounted(name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.slice(0, 10).join(', ').slice(0, 200)}'`);
  for (const [name, value] of Object.entries(given)) {
    const problem = limitRange(value ?? null);
    if (problem !== undefined) throw badRequest(`Invalid input for ${name}. Reason: ${problem}.`);
    if (isCounted(name)) changes[name] = Number(toInteger(value ?? null));
  }
  return { changes, checkLimit: toBoolean(checkLimit) === true && toBoolean(force) !== true };
}

async function checkUsage(quotas: QuotaService, projectId: string, changes: Partial<Limits>): Promise<void> {
  const usages = await quotas.usages(projectId);
  for (const [resource, limit] of Object.entries(changes)) {
    const used = isCounted(resource) ? usages[resource].used : 0;
    if (limit >= 0 && used > limit) throw badRequest(`Quota limit ${limit} for ${resource} must be greater than or equal to already used ${used}`);
  }
}

function badRequest(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}

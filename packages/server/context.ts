import type { JsonObject } from '@neutrino/lib/json';

/** Who asks. Made by the auth stage for REST, from the message for RPC; frozen, passed explicitly everywhere. */
export interface RequestContext {
  readonly requestId: string;
  readonly globalRequestId?: string;
  readonly userId?: string;
  readonly userName?: string;
  readonly userDomainId?: string;
  readonly projectId?: string;
  readonly projectName?: string;
  readonly projectDomainId?: string;
  /** The domain of a token that is for a domain rather than a project. */
  readonly domainId?: string;
  /** "all" of a token that is for the whole system. */
  readonly systemScope?: string;
  readonly roles: readonly string[];
  /** True when policy says `context_is_admin`. Lists are then not limited to one project. */
  readonly isAdmin: boolean;
  /** True when policy says `context_is_advsvc`: a service, such as a load balancer, that works on everybody's networks and ports. */
  readonly isAdvsvc: boolean;
  /** What policy compares with, where it was made with the context: the same object in all requests of one token. */
  readonly credentials?: JsonObject;
}

/** The context of work that the server does for itself. */
export function adminContext(requestId = `req-${crypto.randomUUID()}`): RequestContext {
  return Object.freeze({ requestId, roles: ['admin', 'member', 'reader'], isAdmin: true, isAdvsvc: false });
}

/** oslo.context's keys, as they travel with RPC messages. */
export function toMessageContext(context: RequestContext): JsonObject {
  return {
    user_id: context.userId ?? null,
    project_id: context.projectId ?? null,
    tenant_id: context.projectId ?? null,
    roles: context.roles,
    is_admin: context.isAdmin,
    request_id: context.requestId,
    global_request_id: context.globalRequestId ?? null,
  };
}

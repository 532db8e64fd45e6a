import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';

interface ShapeOptions {
  readonly policy: PolicyEngine;
  readonly context: RequestContext;
  /** The attributes that were asked for; undefined: all. */
  readonly fields?: readonly string[] | undefined;
}

/** The attributes that the API serves of a resource, in its order. */
export function visibleAttributes({ attributes }: Pick<ResourceDeclaration, 'attributes'>): readonly string[] {
  const visible = Object.entries(attributes).filter(([, attribute]) => attribute.isVisible).map(([name]) => name);
  return visible.includes('tenant_id') ? [...visible, 'project_id'] : visible;
}

/** Whether the context sees every attribute of every object: nothing is to be looked at before it is sent. */
export function seesEverything(context: RequestContext): boolean {
  return context.isAdmin;
}

/** Stage 6: the attributes that are declared visible, that the context may see, and that were asked for. */
export function createShape({ resource, attributes }: ResourceDeclaration, { policy, context, fields }: ShapeOptions): (object: JsonObject) => JsonObject {
  const visible = visibleAttributes({ attributes });
  const wanted = fields === undefined ? visible : visible.filter((name) => fields.includes(name));
  const mayShow = attributeGuard(policy, context, `get_${resource}`);
  return (object) => {
    const shown: Record<string, Json> = {};
    for (const name of wanted) {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      if (value !== undefined && mayShow(name, object)) shown[name] = value;
    }
    return shown;
  };
}

/**
 * Whether the context may see an attribute of an object. Most rules ask only who the caller is: an answer
 * that was found without a look at the object holds for the other objects of a list too.
 */
function attributeGuard(policy: PolicyEngine, context: RequestContext, action: string): (name: string, object: JsonObject) => boolean {
  if (context.isAdmin) return () => true;
  const guarded = policy.guardedAttributes(action);
  const settled = new Map<string, boolean>();
  return (name, object) => {
    if (!guarded.has(name)) return true;
    const known = settled.get(name);
    if (known !== undefined) return known;
    const watched = watch(object);
    const answer = policy.check(context, `${action}:${name}`, watched.object);
    if (!watched.wasRead()) settled.set(name, answer);
    return answer;
  };
}

function watch(object: JsonObject): { readonly object: JsonObject; wasRead(): boolean } {
  let read = false;
  const note = <T>(value: T): T => {
    read = true;
    return value;
  };
  const watched = new Proxy(object, {
    get: (target, name) => note<unknown>(Reflect.get(target, name)),
    has: (target, name) => note(Reflect.has(target, name)),
    ownKeys: (target) => note(Reflect.ownKeys(target)),
    getOwnPropertyDescriptor: (target, name) => note(Reflect.getOwnPropertyDescriptor(target, name)),
  });
  return { object: watched, wasRead: () => read };
}

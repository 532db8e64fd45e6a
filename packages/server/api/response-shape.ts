import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Answer } from '@neutrino/lib/policy/specialise';
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

/** Stage 6: the attributes that are declared visible, that the context may see, and that were asked for. */
export function createShape({ resource, attributes }: ResourceDeclaration, { policy, context, fields }: ShapeOptions): (object: JsonObject) => JsonObject {
  const visible = visibleAttributes({ attributes });
  const wanted = fields === undefined ? visible : visible.filter((name) => fields.includes(name));
  const guarded = policy.guardedAttributes(`get_${resource}`);
  const shownAttributes: (readonly [string, Answer])[] = [];
  for (const name of wanted) {
    const answer = guarded.has(name) ? policy.answer(context, `get_${resource}:${name}`) : true;
    if (answer !== false) shownAttributes.push([name, answer]);
  }
  return (object) => {
    const shown: Record<string, Json> = {};
    for (const [name, answer] of shownAttributes) {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      if (value !== undefined && (answer === true || (typeof answer === 'function' && answer(object)))) shown[name] = value;
    }
    return shown;
  };
}

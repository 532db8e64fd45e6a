import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import { visibleAttributes } from '../policy/enforce.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';

/** Stage 6: the attributes that are declared visible, that the context may see, and that were asked for. */
export function createShape(
  { resource, attributes }: ResourceDeclaration,
  { policy, context, fields }: { readonly policy: PolicyEngine; readonly context: RequestContext; readonly fields?: readonly string[] | undefined },
): (object: JsonObject) => JsonObject {
  const visible = Object.entries(attributes).filter(([, attribute]) => attribute.isVisible).map(([name]) => name);
  if (visible.includes('tenant_id')) visible.push('project_id');
  const wanted = fields === undefined ? visible : visible.filter((name) => fields.includes(name));
  return (object) => {
    const seen = visibleAttributes(policy, context, resource, object);
    const shown: Record<string, Json> = {};
    for (const name of wanted) {
      const value = seen[name];
      if (value !== undefined) shown[name] = value;
    }
    return shown;
  };
}

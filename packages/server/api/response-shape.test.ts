import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { readOnly } from '@neutrino/lib/api/define-extension';
import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { adminContext, type RequestContext } from '../context.ts';
import { createPolicy } from '../policy/policy-engine.ts';
import { createShape } from './response-shape.ts';

const thing: ResourceDeclaration = {
  collection: 'things',
  resource: 'thing',
  attributes: { id: readOnly('string', ''), tenant_id: readOnly('string', ''), cost: readOnly('integer', ''), note: readOnly('string', ''), inner: readOnly('string', '', { isVisible: false }) },
};
const member: RequestContext = { requestId: 'req-1', projectId: 'p', roles: ['member'], isAdmin: false, isAdvsvc: false };
const policy = createPolicy({ rules: { 'get_thing:cost': 'role:accountant', 'get_thing:note': 'project_id:%(project_id)s' } });
const objects: readonly JsonObject[] = ['p', 'q', 'p'].map((project_id) => ({ id: 'x', project_id, tenant_id: project_id, cost: 7, note: 'n', inner: 'i', undeclared: 1 }));

describe('createShape', () => {
  it('leaves out what is undeclared or not visible, and shows the owner under both names', () => {
    expect(objects.slice(0, 1).map(createShape(thing, { policy, context: adminContext() }))).toEqual([{ id: 'x', tenant_id: 'p', cost: 7, note: 'n', project_id: 'p' }]);
  });

  it('asks rules that depend on the object for every object, those that do not once', () => {
    const shown = objects.map(createShape(thing, { policy, context: member }));
    expect(shown.map((object) => Object.hasOwn(object, 'cost'))).toEqual([false, false, false]);
    expect(shown.map((object) => Object.hasOwn(object, 'note'))).toEqual([true, false, true]);
    let asked = 0;
    const counting = { ...policy, answer: (...[context, action]: Parameters<typeof policy.answer>) => (action.endsWith(':cost') && (asked += 1), policy.answer(context, action)) };
    objects.map(createShape(thing, { policy: counting, context: member }));
    expect(asked).toBe(1);
  });

  it('shows no more than the fields asked for', () => {
    expect(objects.slice(0, 1).map(createShape(thing, { policy, context: member, fields: ['id', 'cost', 'inner', 'undeclared'] }))).toEqual([{ id: 'x' }]);
  });
});

import type { Ml2 } from '../ml2.ts';
import { activateBinding } from './activate-binding.ts';
import { createBinding, deleteBinding, updateBinding } from './change-bindings.ts';
import type { PortBindings } from './port-bindings.ts';
import { bindingOfHost, bindingsOfPort, bindingView, computePort } from './read-bindings.ts';

export function createPortBindings(ml2: Ml2): PortBindings {
  return {
    async list(context, portId) {
      await computePort(ml2.db, context, portId);
      return (await bindingsOfPort(ml2.db, portId)).map(bindingView);
    },
    async get(context, portId, host) {
      await computePort(ml2.db, context, portId);
      return bindingView(bindingOfHost(await bindingsOfPort(ml2.db, portId), portId, host));
    },
    create: (context, portId, body) => createBinding(ml2, context, portId, body),
    update: (context, portId, host, changes) => updateBinding(ml2, context, portId, host, changes),
    activate: (context, portId, host) => activateBinding(ml2, context, portId, host),
    delete: (context, portId, host) => deleteBinding(ml2, context, portId, host),
  };
}

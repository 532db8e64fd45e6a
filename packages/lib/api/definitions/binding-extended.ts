import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { nullToEmptyObject } from '../converters.ts';
import { defineExtension, projectAttribute, readOnly } from '../define-extension.ts';
import { holding } from '../routes.ts';
import { line, object, oneOf, orNull } from '../validators.ts';
import { VNIC_TYPES } from './portbindings.ts';

export const bindingExtended: ExtensionDeclaration = defineExtension({
  alias: 'binding-extended',
  name: 'Port Bindings Extended',
  description: 'A port prepared on other hosts beside its own, for an instance that moves.',
  updated: '2017-07-17T10:00:00-00:00',
  requires: ['binding'],
  resources: [
    {
      collection: 'bindings',
      resource: 'binding',
      parent: { collection: 'ports', resource: 'port' },
      attributes: {
        host: { type: 'string', allowPost: true, allowPut: true, validate: line(255), isVisible: true, isFilter: true, primaryKey: true, description: 'the host' },
        vif_type: readOnly('string', 'what the port is attached to there', { default: ATTR_NOT_SPECIFIED, isFilter: true, enforcePolicy: true }),
        vif_details: readOnly('object', 'how it is attached', { default: ATTR_NOT_SPECIFIED, enforcePolicy: true }),
        vnic_type: {
          type: 'string', allowPost: true, allowPut: true, default: 'normal', validate: oneOf(VNIC_TYPES), isVisible: true, isFilter: true, enforcePolicy: true,
          description: 'the kind of device wanted',
        },
        profile: {
          type: 'object', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(object), convertTo: nullToEmptyObject, isVisible: true, enforcePolicy: true,
          description: 'what the host is told about the device',
        },
        status: readOnly('string', 'ACTIVE on the host that has the instance, otherwise INACTIVE', { isFilter: true }),
        tenant_id: { ...projectAttribute, isFilter: false, isSortKey: false },
      },
    },
  ],
  routes: [
    {
      method: 'PUT', path: '/ports/{port_id}/bindings/{host}/activate', operation: 'activate_port_binding', collection: 'ports',
      summary: 'The instance is now on this host', status: 200,
      answer: holding({ host: { type: 'string' }, vif_type: { type: 'string' }, vif_details: { type: 'object' }, vnic_type: { type: 'string' }, profile: { type: 'object' }, status: { type: 'string' } }),
    },
  ],
});

import type { ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import { textOf } from '../request-values.ts';
import { booleanColumn } from './attribute-column.ts';

const enabled = booleanColumn('port_security_enabled');

/**
 * `port_security_enabled` of networks and ports. A port that does not say takes its network's; ports of the network
 * service itself (owner "network:…") are trusted and never have it.
 */
export function createPortSecurityDriver(): ExtensionDriver<Tx> {
  return {
    aliases: ['port-security'],
    columns: { networks: [enabled], ports: [enabled] },
    completePort(request, network) {
      if (textOf(request, 'device_owner', '').startsWith('network:')) return { port_security_enabled: false };
      return typeof request['port_security_enabled'] === 'boolean' ? {} : { port_security_enabled: network['port_security_enabled'] };
    },
  };
}

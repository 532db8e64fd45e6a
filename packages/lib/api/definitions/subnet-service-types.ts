import { InvalidInputSubnetServiceType, InvalidSubnetServiceType } from '../../exceptions/subnet.ts';
import { NeutronError } from '../../exceptions/neutron-error.ts';
import type { Json } from '../../json.ts';
import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { show } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { listOf, orNull, string } from '../validators.ts';

/** What owners of ports may be called. Neutron compares with the letters of "compute:" where it means the word. */
const deviceOwner = /^(?:network:|neutron:|[compute:])/;

function toServiceTypes(value: Json): Json {
  if (value === null) return [];
  if (!Array.isArray(value)) return value;
  const types = [...new Set(value)];
  for (const type of types) {
    if (typeof type !== 'string') throw new NeutronError(InvalidInputSubnetServiceType, { service_type: show(type) });
    const wrong = string(255)(type);
    if (wrong !== undefined || !deviceOwner.test(type)) throw new NeutronError(InvalidSubnetServiceType, { service_type: show(type) });
  }
  return types;
}

export const subnetServiceTypes: ExtensionDeclaration = defineExtension({
  alias: 'subnet-service-types',
  name: 'Subnet service types',
  description: 'Subnets that only ports of some owners get addresses from.',
  updated: '2016-03-15T18:00:00-00:00',
  extends: {
    subnets: {
      service_types: {
        type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED, validate: orNull(listOf(() => undefined)), convertTo: toServiceTypes, isVisible: true,
        description: 'the device owners of the ports that it is for; none: all',
      },
    },
  },
});

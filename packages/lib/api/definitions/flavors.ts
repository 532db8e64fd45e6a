import type { Json } from '../../json.ts';
import type { Attribute, ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension, idAttribute, nameAttribute, projectAttribute } from '../define-extension.ts';
import { holding, listOfResource } from '../routes.ts';
import { boolean, listOf, orNull, string, uuid } from '../validators.ts';

const description: Attribute = {
  type: 'string', allowPost: true, allowPut: true, default: '', validate: orNull(string(1024)), isVisible: true, isFilter: true, isSortKey: true, description: 'for people to read',
};

const enabled: Attribute = {
  type: 'boolean', allowPost: true, allowPut: true, default: true, validate: orNull(boolean), convertTo: (value: Json) => (value === null ? null : toBoolean(value)),
  isVisible: true, isFilter: true, isSortKey: true, description: 'whether it may be chosen',
};

/** Flavors are the cloud's: the project that a client gives is that of whoever makes them. */
const givenProject: Attribute = { ...projectAttribute, isVisible: false, isFilter: false, isSortKey: false };

const text = { type: 'string' } as const;
const bound = holding({ service_profile: holding({ id: { type: 'string', format: 'uuid' } }) });

export const flavors: ExtensionDeclaration = defineExtension({
  alias: 'flavors',
  name: 'Neutron Service Flavors',
  description: 'Kinds of a service that users choose from, and the drivers behind them.',
  updated: '2015-09-17T10:00:00-00:00',
  resources: [
    {
      collection: 'flavors',
      resource: 'flavor',
      attributes: {
        id: idAttribute,
        name: nameAttribute,
        description,
        service_type: {
          type: 'string', allowPost: true, allowPut: false, validate: string(36), isVisible: true, isFilter: true, isSortKey: true, description: 'the service that it is a kind of',
        },
        tenant_id: givenProject,
        service_profiles: {
          type: 'array', allowPost: true, allowPut: true, default: [], validate: listOf(uuid, { unique: true }), isVisible: true, description: 'the profiles that stand behind it',
        },
        enabled,
      },
    },
    {
      collection: 'service_profiles',
      resource: 'service_profile',
      attributes: {
        id: idAttribute,
        description,
        driver: {
          type: 'string', allowPost: true, allowPut: true, default: '', validate: string(1024), isVisible: true, isFilter: true, isSortKey: true, description: 'the driver of a provider of the service',
        },
        metainfo: { type: 'string', allowPost: true, allowPut: true, default: '', validate: string(4096), isVisible: true, isSortKey: true, description: 'what the driver is told' },
        tenant_id: givenProject,
        enabled,
      },
    },
  ],
  routes: [
    {
      method: 'POST', path: '/flavors/{flavor_id}/service_profiles', operation: 'add_flavor_service_profile', collection: 'flavors',
      summary: 'Put a profile behind a flavor', request: bound, status: 201, answer: bound,
    },
    {
      method: 'GET', path: '/flavors/{flavor_id}/service_profiles', operation: 'list_flavor_service_profiles', collection: 'flavors',
      summary: 'The profiles behind a flavor', status: 200, answer: listOfResource('service_profiles', 'service_profile'),
    },
    {
      method: 'DELETE', path: '/flavors/{flavor_id}/service_profiles/{service_profile_id}', operation: 'remove_flavor_service_profile', collection: 'flavors',
      summary: 'Take a profile from behind a flavor', status: 204,
    },
    {
      method: 'GET', path: '/flavors/{flavor_id}/next_providers', operation: 'list_flavor_next_providers', collection: 'flavors',
      summary: 'The provider that the next instance of a flavor would have', status: 200,
      answer: holding({ next_providers: { type: 'array', items: holding({ driver: text, provider: text }) } }),
    },
  ],
});

import { defineSections, type ConfigValues } from '@neutrino/lib/conf/option';
import { rabbitOptions } from '@neutrino/runtime/conf/messaging-options';
import { agentChangesOptions } from './agent-changes.ts';
import { conntrackHelperOptions } from './conntrack-helpers.ts';
import { corsOptions } from './cors.ts';
import { databaseOptions } from './database.ts';
import { defaultOptions } from './default.ts';
import { healthcheckOptions } from './healthcheck.ts';
import { keystoneAuthtokenOptions } from './keystone-authtoken.ts';
import { metricsOptions } from './metrics.ts';
import { ml2TypeFlatOptions } from './ml2-type-flat.ts';
import { ml2TypeGreOptions } from './ml2-type-gre.ts';
import { ml2TypeVlanOptions } from './ml2-type-vlan.ts';
import { ml2TypeVxlanOptions } from './ml2-type-vxlan.ts';
import { ml2Options } from './ml2.ts';
import { novaOptions } from './nova.ts';
import { osloMiddlewareOptions } from './oslo-middleware.ts';
import { osloPolicyOptions } from './oslo-policy.ts';
import { quotaOptions } from './quotas.ts';

/** What neutron.conf tells the server. */
export const neutronSections = defineSections({
  DEFAULT: { ...defaultOptions, ...conntrackHelperOptions },
  database: databaseOptions,
  keystone_authtoken: keystoneAuthtokenOptions,
  quotas: quotaOptions,
  metrics: metricsOptions,
  agent_changes: agentChangesOptions,
  cors: corsOptions,
  healthcheck: healthcheckOptions,
  nova: novaOptions,
  oslo_messaging_rabbit: rabbitOptions,
  oslo_middleware: osloMiddlewareOptions,
  oslo_policy: osloPolicyOptions,
});

/** What ml2_conf.ini tells the server. */
export const ml2Sections = defineSections({
  ml2: ml2Options,
  ml2_type_flat: ml2TypeFlatOptions,
  ml2_type_gre: ml2TypeGreOptions,
  ml2_type_vlan: ml2TypeVlanOptions,
  ml2_type_vxlan: ml2TypeVxlanOptions,
});

/** All that neutron-server and neutron-db-manage read. */
export const serverSections = defineSections({ ...neutronSections, ...ml2Sections });

export type ServerConfig = ConfigValues<typeof serverSections>;

import { once } from 'node:events';
import { defineProgram } from '@neutrino/runtime/cmd/program';
import { brokerUnsupported } from '@neutrino/runtime/rpc/broker-unsupported';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { createKeystoneAuthenticator } from '../auth/keystone.ts';
import { keystoneSettings } from '../auth/keystone-settings.ts';
import { createNoauthAuthenticator } from '../auth/noauth.ts';
import { serverSections } from '../conf/sections.ts';
import { databaseUrl } from '../db/database-url.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { openDatabase } from '../db/open-database.ts';
import { configuredPolicy } from './configured-policy.ts';
import { missingServices } from './service-plugins.ts';
import { startServer } from './start-server.ts';

/** The network API on its own: no agents beside it, its bus within the process. */
await defineProgram({
  name: 'neutron-server',
  description: 'Serves the OpenStack Networking API (v2.0) with the ML2 plugin.',
  sections: serverSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'],
  main: async ({ config, log, signal, findFile }) => {
    const { transport_url: transportUrl, auth_strategy: authStrategy } = config.DEFAULT;
    if (transportUrl !== null) {
      throw brokerUnsupported(transportUrl, 'without it the server runs on its own, and `neutrino up` runs it with agents');
    }
    for (const warning of missingServices(config.DEFAULT.service_plugins)) log.warn(warning);
    await using stack = new AsyncDisposableStack();
    const { policy } = stack.use(configuredPolicy(config, findFile, log));
    const { db } = stack.use(await openDatabase(databaseUrl(config), log));
    await assertSchemaCurrent(db);
    const broker = stack.use(createBroker({ log }));
    const keystone = authStrategy === 'noauth' ? undefined : createKeystoneAuthenticator({ settings: keystoneSettings(config.keystone_authtoken), policy, log });
    if (keystone !== undefined) stack.use(keystone);
    const authenticate = keystone?.authenticate ?? createNoauthAuthenticator({ policy });
    const server = stack.use(await startServer({ config, db, policy, authenticate, log, transport: stack.use(broker.connect()) }));
    log.info({ url: server.url }, 'the network API answers');
    if (!signal.aborted) await once(signal, 'abort');
  },
}).run();

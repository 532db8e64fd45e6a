import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Authenticator } from '@neutrino/server/auth/authenticator';
import { headerValue, unauthorized } from '@neutrino/server/auth/authenticator';
import { contextFromToken } from '@neutrino/server/auth/caller';
import { createPolicy, type PolicyEngine } from '@neutrino/server/policy/policy-engine';
import type { Logger } from 'pino';
import { bootstrapAccounts, bootstrapService } from './bootstrap.ts';
import { createIdentityApp } from './identity-app.ts';
import { openIdentityDatabase } from './identity-database.ts';
import { openIdentitySecrets } from './identity-secrets.ts';
import { NO_COMPUTE_PATH } from './no-compute-routes.ts';
import { createTokenService } from './token-service.ts';

export interface IdentityServiceOptions {
  /** Holds identity.sqlite and identity-secrets.json. One service at a time. */
  readonly stateDirectory: string;
  readonly log: Logger;
  /** 0: any free one. */
  readonly port: number;
  /** A loopback address; 127.0.0.1 where absent. */
  readonly host?: string;
  /** Where the network API is, e.g. http://127.0.0.1:9696. */
  readonly networkUrl: string;
  /** Says who is an admin; the default rules where absent. */
  readonly policy?: PolicyEngine;
  /** Of tokens, in seconds. A day where absent. */
  readonly tokenLifetime?: number;
}

export interface IdentityService extends AsyncDisposable {
  /** Resolves when it answers. Rejects where the address is taken. */
  listen(): Promise<void>;
  /** Without version, e.g. http://127.0.0.1:5000; throws before `listen`. */
  readonly url: string;
  readonly adminPassword: string;
  readonly demoPassword: string;
  /** Validates this service's tokens without a network round trip. */
  readonly authenticator: Authenticator;
}

const DAY_SECONDS = 24 * 60 * 60;

/**
 * The identity service of an all-in-one Neutrino: as much of Keystone v3 as ordinary clients need to log in. For one machine: it
 * refuses to listen on anything but loopback, having neither TLS nor a defence against guessing passwords.
 */
export async function openIdentityService(options: IdentityServiceOptions): Promise<IdentityService> {
  const { stateDirectory, port, host = '127.0.0.1', policy = createPolicy() } = options;
  if (!isLoopback(host)) throw new Error(`the identity service is for this machine only and cannot listen on ${host}: use an address in 127.0.0.0/8 or ::1`);
  const log = options.log.child({ service: 'neutrino-identity (single machine)' });
  const { secrets, passwordsSet, confirm } = openIdentitySecrets(join(stateDirectory, 'identity-secrets.json'));
  await using resources = new AsyncDisposableStack();
  const database = resources.use(openIdentityDatabase(join(stateDirectory, 'identity.sqlite')));
  await bootstrapAccounts(database.db, secrets, !passwordsSet);
  confirm();
  await bootstrapService(database.db, { type: 'network', name: 'neutron', description: 'OpenStack Networking', url: options.networkUrl });
  const tokens = createTokenService({ database, key: secrets.tokenKey, log, lifetimeSeconds: options.tokenLifetime ?? DAY_SECONDS });
  const app = createIdentityApp({ db: database.db, tokens, log });
  resources.defer(() => app.close());
  let url: string | undefined;

  const identityUrl = (): string => {
    if (url === undefined) throw new Error('the identity service does not listen yet');
    return url;
  };
  const authenticator: Authenticator = async (headers, ids) => {
    const text = headerValue(headers, 'x-auth-token');
    const token = text === undefined ? undefined : await tokens.describe(text);
    const context = token === undefined ? undefined : contextFromToken(policy, token.body, ids);
    if (context === undefined) throw unauthorized(identityUrl());
    return context;
  };
  const listen = async (): Promise<void> => {
    await app.listen({ host, port });
    const address = app.server.address() as AddressInfo;
    url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    await bootstrapService(database.db, { type: 'identity', name: 'keystone', description: 'OpenStack Identity', url: `${url}/v3` });
    await bootstrapService(database.db, { type: 'compute', name: 'no-compute', description: 'Answers questions about quotas only', url: `${url}${NO_COMPUTE_PATH}` });
    log.info({ url }, 'identity for this machine only: it listens on loopback and speaks plain HTTP');
  };
  const owned = resources.move();
  return {
    listen,
    get url() {
      return identityUrl();
    },
    adminPassword: secrets.adminPassword,
    demoPassword: secrets.demoPassword,
    authenticator,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../support/free-port.ts';
import { startKeystone, type Keystone } from '../../support/keystone.ts';
import { startMariadb, type MariadbServer } from '../../support/mariadb.ts';
import { startRabbit } from '../../support/rabbitmq.ts';
import { untilConnects } from '../../support/until-connects.ts';

export const SERVICE_PASSWORD = 'of-the-service-user';

export interface Services extends AsyncDisposable {
  readonly mariadb: MariadbServer | undefined;
  readonly keystone: Keystone | undefined;
  readonly transportUrl: string | undefined;
  readonly memcachedPort: number | undefined;
}

/** What an operator has beside the network service: a database on disk and, unless without, Keystone, memcached and RabbitMQ. */
export async function startServices({ database, auth }: { readonly database: 'mariadb' | 'sqlite'; readonly auth: boolean }): Promise<Services> {
  await using stack = new AsyncDisposableStack();
  const mariadb = database === 'mariadb' ? stack.use(await startMariadb({ durable: true })) : undefined;
  const keystone = auth ? stack.use(await startKeystone()) : undefined;
  const rabbit = auth ? stack.use(await startRabbit()) : undefined;
  const memcachedPort = auth ? await startMemcached(stack) : undefined;
  if (keystone !== undefined) await makeServiceUser(keystone);
  const running = stack.move();
  return { mariadb, keystone, transportUrl: rabbit?.url, memcachedPort, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function startMemcached(stack: AsyncDisposableStack): Promise<number> {
  const port = await freePort();
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'memcached', '-u', 'nobody', '-l', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  stack.defer(async () => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });
  await untilConnects(port, server, () => '');
  return port;
}

/** User neutron in project service, as installation guides have it. */
async function makeServiceUser(keystone: Keystone): Promise<void> {
  const made = async (collection: string, one: string, body: object): Promise<string> => {
    const answer = (await keystone.request('POST', `/${collection}`, { [one]: body })) as Record<string, { id: string }>;
    return answer[one]?.id ?? '';
  };
  const project = await made('projects', 'project', { name: 'service', domain_id: 'default' });
  const user = await made('users', 'user', { name: 'neutron', domain_id: 'default', password: SERVICE_PASSWORD });
  const { roles } = (await keystone.request('GET', '/roles?name=admin')) as { roles: { id: string }[] };
  await keystone.request('PUT', `/projects/${project}/users/${user}/roles/${roles[0]?.id ?? ''}`);
}

import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { rabbitTransport } from '../../support/rabbit-transport.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { startRabbit } from '../../support/rabbitmq.ts';
import { startNetworkServer } from '../../bench/api/servers.ts';
import { apiRequest, type Cloud } from './cloud.ts';

/** Debian's Neutron (Zed) on a MariaDB and a RabbitMQ of its own. Takes about a minute to start. */
export async function zedCloud(servicePlugins: string): Promise<Cloud> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory(0o755));
  const [mariadb, rabbit] = await Promise.all([startMariadb(), startRabbit()]);
  stack.use(mariadb);
  stack.use(rabbit);
  await mariadb.create('neutron');
  const { start } = await startNetworkServer('neutron', {
    directory, keystone: undefined, servicePassword: '', connection: mariadb.url('neutron'), transportUrl: rabbit.url, memcachedPort: undefined, workers: 1, servicePlugins,
  });
  const server = stack.use(await start());
  const transport = stack.use(rabbitTransport(rabbit.url));
  const running = stack.move();
  return { transport, silenceMs: 2500, api: (...request) => apiRequest(server.url, ...request), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

import { strict as assert } from 'node:assert';
import { agentTables, databaseAndBroker, enterIntoKeystone, everyHost, files, likeANewMachine, missingExtensions, providerNetwork, setUpKeystone, startServices, tables } from './operator.ts';
import { shell, step, until } from './steps.ts';
import { assertDhcpServes, dhcpProcess, untilAnswers } from './running.ts';
import { assertNothingFailed, assertUnprivileged, errors, journal, killAndWait, reload, stop, UNITS, untilActive, untilFailed } from './units.ts';

/** Inside a machine with systemd, the first time: the page from its beginning to the provider's network, then what may happen to the services. */
await step('a machine on which Neutron never was, with Debian’s services', () => likeANewMachine(['mariadb', 'rabbitmq-server', 'memcached', 'radvd', 'keepalived']));
await step('"Every host" is done', everyHost);
await step('addresses, database and broker', databaseAndBroker);
await step('Keystone', setUpKeystone);
await step('Keystone answers on both ports', async () => {
  for (const port of [5000, 35357]) await until(() => answers(`http://192.168.56.11:${port}/v3`));
});
await step('users, service and endpoints are in Keystone', enterIntoKeystone);
await step('the files of the controller are in place, and checked', files);
await step('the tables are made', tables);
await step('the services are enabled and started', startServices);
await step('the API answers', untilAnswers);
await step('systemd started each once', () => untilActive(0));
await step('the server runs as neutron, and may nothing', assertUnprivileged);
await step('`neutron agent-list` shows the controller’s three agents as the page has them', () => until(async () => {
  const { page, shown } = await agentTables();
  return page.join('\n') === shown.join('\n') ? undefined : `the page has\n${page.join('\n')}\nbut there is\n${shown.join('\n')}`;
}));
await step('`neutron ext-list` shows the page’s 29 extensions', async () => assert.deepEqual(await missingExtensions(), []));
await step('the provider’s network is made', providerNetwork);
await step('its DHCP serves, and the host’s address is on its bridge', () => until(assertDhcpServes));
for (const unit of UNITS) await step(`none of the lines of ${unit} tells of an error`, async () => assert.deepEqual(await errors(unit), []));
await step('the server is killed: systemd starts it, and the API answers', async () => {
  await killAndWait('neutron-server');
  await untilAnswers();
});
await step('the server is reloaded', async () => {
  await reload('neutron-server');
  await untilAnswers();
});
await step('each is restarted; dnsmasq goes on', async () => {
  const before = dhcpProcess();
  await shell(`systemctl restart ${UNITS.join(' ')}`);
  await untilAnswers();
  await until(assertDhcpServes);
  assert.equal(dhcpProcess(), before);
});
await step('all are stopped, in good order; dnsmasq goes on', async () => {
  const before = dhcpProcess();
  await stop();
  await assertNothingFailed();
  assert.equal(dhcpProcess(), before);
});
await step('one whose file is wrong is not started again and again, and says why', async () => {
  await shell('cp /etc/neutron/neutron.conf /root/; sed -i "s/^\\[DEFAULT\\]/&\\nbind_port = many/" /etc/neutron/neutron.conf; systemctl start neutron-server');
  await untilFailed('neutron-server');
  assert.match(await journal('neutron-server'), /bind_port/);
  await shell('cat /root/neutron.conf >/etc/neutron/neutron.conf');
});
await step('and all are started again', async () => {
  await shell(`systemctl start ${UNITS.join(' ')}`);
  await untilAnswers();
});

async function answers(url: string): Promise<string | undefined> {
  const { status } = await fetch(url, { redirect: 'manual' });
  return status < 400 ? undefined : `${url}: ${status}`;
}

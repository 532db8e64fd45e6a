import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { everyHost, files, likeANewMachine, startServices } from './operator.ts';
import { shell, step, until } from './steps.ts';
import { assertNothingFailed, assertUnprivileged, journal, killAndWait, reload, stop, UNITS, untilActive, untilFailed } from './units.ts';

/** Inside a machine with systemd: the page as far as it goes without database and broker. */
await step('a machine on which Neutron never was', () => likeANewMachine([]));
await step('"Every host" is done', everyHost);
await step('the files of the controller are in place, and checked', files);
await step('the services are enabled and started', startServices);
await step('systemd has all of them running', () => untilActive(0));
await step('each says what it cannot reach', async () => {
  const reach = { 'neutron-server': /192\.168\.56\.11.*3306|3306.*192\.168\.56\.11/, 'neutron-linuxbridge-agent': /192\.168\.56\.11:5672/, 'neutron-dhcp-agent': /192\.168\.56\.11:5672/, 'neutron-metadata-agent': /192\.168\.56\.11:5672/ };
  for (const unit of UNITS) await until(async () => ((text) => (reach[unit].test(text) ? undefined : `${unit} does not say what it cannot reach:\n${text}`))(await journal(unit)));
});
await step('the server runs as neutron, and may nothing', assertUnprivileged);
await step('the metadata agent’s socket is there', () => until(async () => (existsSync('/var/lib/neutron/metadata_proxy') ? undefined : 'there is no /var/lib/neutron/metadata_proxy')));
await step('programs that are killed come back', async () => {
  for (const unit of ['neutron-server', 'neutron-dhcp-agent'] as const) await killAndWait(unit);
});
await step('the server is reloaded', () => reload('neutron-server'));
await step('the journal knows which lines are warnings', async () => {
  const lines = (await shell('journalctl -b -q -o cat -p warning -u neutron-server')).trim().split('\n');
  assert.ok(lines.some((line) => line.includes('auth_uri')));
  for (const line of lines.filter((candidate) => candidate.startsWith('{'))) assert.ok((JSON.parse(line) as { readonly level: number }).level >= 40, line);
});
await step('all end in good order, and nothing failed', async () => {
  await stop();
  await assertNothingFailed();
});
await step('one whose file is wrong stays down, and says why', async () => {
  await shell(`cp /etc/neutron/neutron.conf /root/ && sed -i 's/^\\[DEFAULT\\]/&\\nbind_port = many/' /etc/neutron/neutron.conf && systemctl start neutron-server`, { accept: true });
  await untilFailed('neutron-server');
  assert.match(await journal('neutron-server'), /bind_port/);
});

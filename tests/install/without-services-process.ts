import { strict as assert } from 'node:assert';
import { everyHost, files, likeANewMachine } from './operator.ts';
import { shell, step, until } from './steps.ts';
import { assertNothingFailed, assertUnprivileged, journal, killAndWait, stop, untilActive } from './units.ts';

const UNITS = ['neutron-server', 'neutron-linuxbridge-agent'] as const;

/** Inside a machine with systemd: the page as far as it goes without database and broker, with two of its services. */
await step('a machine on which Neutron never was', () => likeANewMachine([]));
await step('"Every host" is done', everyHost);
await step('the files of the controller are in place, and checked', files);
await step('systemd runs server and agent', async () => {
  await shell(`systemctl enable --now ${UNITS.join(' ')}`);
  await untilActive(0, UNITS);
});
await step('each says what it cannot reach', async () => {
  await untilSays('neutron-server', /192\.168\.56\.11.*3306|3306.*192\.168\.56\.11/);
  await untilSays('neutron-linuxbridge-agent', /192\.168\.56\.11:5672/);
});
await step('the journal knows which lines are warnings', async () => {
  const lines = (await shell('journalctl -b -q -o cat -p warning -u neutron-server')).split('\n').filter((line) => line.startsWith('{'));
  assert.ok(lines.some((line) => line.includes('auth_uri')));
  for (const line of lines) assert.ok((JSON.parse(line) as { readonly level: number }).level >= 40, line);
});
await step('the server runs as neutron, and may nothing', assertUnprivileged);
await step('the server is killed, and comes back', () => killAndWait('neutron-server'));
await step('both end in good order, and nothing failed', async () => {
  await stop(UNITS);
  await assertNothingFailed();
});

async function untilSays(unit: (typeof UNITS)[number], words: RegExp): Promise<void> {
  await until(async () => {
    const said = await journal(unit);
    return words.test(said) ? undefined : `${unit} does not say what it cannot reach:\n${said}`;
  });
}

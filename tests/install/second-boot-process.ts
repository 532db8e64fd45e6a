import { strict as assert } from 'node:assert';
import { agentTables } from './operator.ts';
import { assertDhcpServes, untilAnswers } from './running.ts';
import { step, until } from './steps.ts';
import { assertNothingFailed, untilActive } from './units.ts';

/** Inside the same machine, switched on again: what was enabled is there without anybody's doing. */
await step('the API answers', untilAnswers);
await step('systemd started each once', () => untilActive(0));
await step('`neutron agent-list` shows the three agents', () => until(async () => {
  const { page, shown } = await agentTables();
  return page.join('\n') === shown.join('\n') ? undefined : shown.join('\n');
}));
await step('the provider’s network has its DHCP again, and the host’s address is on its bridge', () => until(assertDhcpServes));
await step('nothing failed', async () => assert.equal(await assertNothingFailed(), undefined));

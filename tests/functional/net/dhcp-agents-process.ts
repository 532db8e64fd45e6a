import { readFileSync } from 'node:fs';
import { startDhcpAgent } from '@neutrino/agent/dhcp/dhcp-agent';
import type { DhcpSettings } from '@neutrino/agent/dhcp/dhcp-settings';
import { startMetadataAgent } from '@neutrino/agent/metadata/metadata-agent';
import type { MetadataSettings } from '@neutrino/agent/metadata/metadata-settings';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { pino } from 'pino';

/** The DHCP agent, and the metadata agent where there are settings for it, inside a test's host. Writes `in sync` when they are. */
interface Settings {
  readonly host: string;
  readonly dhcp: DhcpSettings;
  readonly metadata?: MetadataSettings;
}

const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Settings;
const stopped = new Promise<void>((resolve) => {
  process.once('SIGTERM', () => resolve());
  process.once('disconnect', () => resolve());
});
await using stack = new AsyncDisposableStack();
const transport = stack.use(connectOverChannel(parentProcessChannel()));
const environment = { transport, host: settings.host, log: pino({ level: 'info' }), reportIntervalMs: 30_000 };
if (settings.metadata !== undefined) stack.use(await startMetadataAgent(environment, settings.metadata));
const agent = stack.use(await startDhcpAgent(environment, settings.dhcp));
await agent.inSync;
process.stdout.write('in sync\n');
await stopped;

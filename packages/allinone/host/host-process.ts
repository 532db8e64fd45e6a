import { readFileSync } from 'node:fs';
import { startDhcpAgent } from '@neutrino/agent/dhcp/dhcp-agent';
import { defaultDhcpSettings } from '@neutrino/agent/dhcp/dhcp-settings';
import { startLinuxBridgeAgent } from '@neutrino/agent/l2/linux-bridge-agent';
import { defaultSettings } from '@neutrino/agent/l2/settings';
import { startMetadataAgent } from '@neutrino/agent/metadata/metadata-agent';
import { defaultMetadataSettings } from '@neutrino/agent/metadata/metadata-settings';
import type { AgentEnvironment } from '@neutrino/agent/rpc/agent-handle';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { createLogger } from '@neutrino/runtime/log/logger';
import { startMetadataSource } from '../metadata-source.ts';
import { HOST_TOPIC, type HostSettings } from './host-settings.ts';

/**
 * The host's process: all agents of one host, run by `superviseHost` inside that host's namespaces. It
 * ends when its parent does; what the agents made in the kernel stays.
 */
const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as HostSettings;
const log = createLogger({ program: 'neutrino-agents', debug: settings.debug });

const gone = new AbortController();
process.once('disconnect', () => gone.abort());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => gone.abort());

await using stack = new AsyncDisposableStack();
const transport = stack.use(connectOverChannel(parentProcessChannel()));
const environment: AgentEnvironment = { transport, host: settings.host, log, reportIntervalMs: settings.reportIntervalMs };
const source = stack.use(await startMetadataSource({ instancesDirectory: settings.instancesDirectory, secret: settings.metadataSecret }));
const agents = await Promise.all([
  startLinuxBridgeAgent(environment, {
    ...defaultSettings,
    // Nobody but the agent makes bridges here, so an empty one need not wait for a hypervisor.
    emptyBridgeLingerMs: 500,
    physicalInterfaceMappings: new Map(Object.entries(settings.physicalInterfaceMappings)),
    vxlan: { ...defaultSettings.vxlan, enabled: settings.tunnelAddress !== undefined, localIp: settings.tunnelAddress ?? null },
  }),
  startDhcpAgent(environment, { ...defaultDhcpSettings(settings.stateDirectory), enableIsolatedMetadata: true }),
  startMetadataAgent(environment, {
    ...defaultMetadataSettings(settings.stateDirectory),
    nova: { ...defaultMetadataSettings(settings.stateDirectory).nova, port: source.port },
    sharedSecret: settings.metadataSecret,
  }),
]);
for (const agent of agents) stack.use(agent);
await Promise.all(agents.map(({ inSync }) => inSync));
await transport.cast({}, { topic: HOST_TOPIC }, 'host_ready', {});
if (!gone.signal.aborted) await new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve(), { once: true }));

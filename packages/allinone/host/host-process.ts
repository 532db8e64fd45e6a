import { readFileSync } from 'node:fs';
import { dhcpSections, l3Sections, linuxBridgeSections, metadataSections } from '@neutrino/agent/conf/sections';
import { configuredDhcpSettings } from '@neutrino/agent/dhcp/configured-settings';
import { startDhcpAgent } from '@neutrino/agent/dhcp/dhcp-agent';
import { configuredSettings } from '@neutrino/agent/l2/configured-settings';
import { startLinuxBridgeAgent } from '@neutrino/agent/l2/linux-bridge-agent';
import { startL3Agent } from '@neutrino/agent/l3/l3-agent';
import { configuredMetadataSettings } from '@neutrino/agent/metadata/configured-settings';
import { startMetadataAgent } from '@neutrino/agent/metadata/metadata-agent';
import type { AgentEnvironment } from '@neutrino/agent/rpc/agent-handle';
import type { ConfigValues, OptionSections } from '@neutrino/lib/conf/option';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { createLogger } from '@neutrino/runtime/log/logger';
import { embeddedL3Settings } from '../embedded-l3.ts';
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
const load = <S extends OptionSections>(sections: S): ConfigValues<S> => loadConfig(sections, settings).values;
const [linuxBridge, dhcp] = [load(linuxBridgeSections), load(dhcpSections)];
const metadata = configuredMetadataSettings(load(metadataSections));
const environment: AgentEnvironment = { transport, host: settings.host, log, reportIntervalMs: linuxBridge.agent.report_interval * 1000 };
const sharedSecret = metadata.sharedSecret === '' ? settings.metadataSecret : metadata.sharedSecret;
const source = stack.use(await startMetadataSource({ instancesDirectory: settings.instancesDirectory, secret: sharedSecret }));
const agents = await Promise.all([
  // Nobody but the agent makes bridges here, so an empty one need not wait for a hypervisor.
  startLinuxBridgeAgent(environment, { ...configuredSettings(linuxBridge), emptyBridgeLingerMs: 500 }),
  startDhcpAgent(environment, configuredDhcpSettings(dhcp)),
  ...(settings.hasRouters ? [startL3Agent(environment, embeddedL3Settings(load(l3Sections), settings.l3Extensions))] : []),
  startMetadataAgent(environment, {
    ...metadata,
    nova: metadata.nova.port === 0 ? { ...metadata.nova, port: source.port } : metadata.nova,
    sharedSecret,
  }),
]);
for (const agent of agents) stack.use(agent);
await Promise.all(agents.map(({ inSync }) => inSync));
await transport.cast({}, { topic: HOST_TOPIC }, 'host_ready', {});
if (!gone.signal.aborted) await new Promise<void>((resolve) => gone.signal.addEventListener('abort', () => resolve(), { once: true }));

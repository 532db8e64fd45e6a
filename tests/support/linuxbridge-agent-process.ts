import { createLogger } from '@neutrino/runtime/log/logger';
import { defaultSettings, type LinuxBridgeSettings } from '@neutrino/agent/l2/settings';
import { startLinuxBridgeAgent } from '@neutrino/agent/l2/linux-bridge-agent';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';

/**
 * A Linux bridge agent as a process of its own, so that a test can put it into a private host, kill it and
 * start it again. Its argument is settings as JSON, with the host's name; the bus is the stream to its parent.
 */
const { host = 'host-a', physicalInterfaceMappings = {}, bridgeMappings = {}, ...given } = JSON.parse(process.argv[2] ?? '{}') as Partial<LinuxBridgeSettings> & { readonly host?: string };
await using agent = await startLinuxBridgeAgent(
  {
    transport: connectOverChannel(parentProcessChannel()),
    host,
    log: createLogger({ program: 'linuxbridge-agent' }),
    reportIntervalMs: 30_000,
  },
  { ...defaultSettings, vxlan: { ...defaultSettings.vxlan, localIp: '172.31.255.1' }, emptyBridgeLingerMs: 300, ...given,
    physicalInterfaceMappings: new Map(Object.entries(physicalInterfaceMappings)), bridgeMappings: new Map(Object.entries(bridgeMappings)),
  },
);
process.send?.({ kind: 'started' });
await agent.inSync;
process.send?.({ kind: 'in-sync' });
const { promise, resolve } = Promise.withResolvers<void>();
process.once('disconnect', resolve);
process.once('SIGTERM', resolve);
await promise;

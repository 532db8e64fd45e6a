import { startL3Agent } from '@neutrino/agent/l3/l3-agent';
import type { L3Settings } from '@neutrino/agent/l3/l3-settings';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { pino } from 'pino';

/** The L3 agent inside a test's host. Writes `in sync` when it is. */
const { host, settings } = JSON.parse(process.argv[2] ?? '') as { readonly host: string; readonly settings: L3Settings };
const stopped = new Promise<void>((resolve) => {
  process.once('SIGTERM', () => resolve());
  process.once('disconnect', () => resolve());
});
await using stack = new AsyncDisposableStack();
const transport = stack.use(connectOverChannel(parentProcessChannel()));
const agent = stack.use(await startL3Agent({ transport, host, log: pino({ level: 'info' }), reportIntervalMs: 30_000 }, settings));
await agent.inSync;
process.stdout.write('in sync\n');
await stopped;

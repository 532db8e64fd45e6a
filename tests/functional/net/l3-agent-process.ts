import { startL3Agent } from '@neutrino/agent/l3/l3-agent';
import type { L3Settings } from '@neutrino/agent/l3/l3-settings';
import { parentProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { connectOverChannel } from '@neutrino/runtime/rpc/transports/in-process/connect-over-channel';
import { adversarialTransport } from '../../support/adversarial-transport.ts';
import { pino } from 'pino';

/** The L3 agent inside a test's host. Writes `in sync` when it is. Between SIGUSR2 and the next one it hears nothing and is not heard. */
const { host, settings } = JSON.parse(process.argv[2] ?? '') as { readonly host: string; readonly settings: L3Settings };
const stopped = new Promise<void>((resolve) => {
  process.once('SIGTERM', () => resolve());
  process.once('disconnect', () => resolve());
});
await using stack = new AsyncDisposableStack();
const transport = adversarialTransport(stack.use(connectOverChannel(parentProcessChannel())), () => 1);
transport.heal();
let isCut = false;
process.on('SIGUSR2', () => {
  isCut = !isCut;
  if (isCut) transport.cut();
  else transport.mend();
  process.stdout.write(isCut ? 'cut\n' : 'mended\n');
});
const agent = stack.use(await startL3Agent({ transport, host, log: pino({ level: 'info' }), reportIntervalMs: 30_000 }, settings));
await agent.inSync;
process.stdout.write('in sync\n');
await stopped;

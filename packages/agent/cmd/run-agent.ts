import { once } from 'node:events';
import type { ConfigValues, OptionSections } from '@neutrino/lib/conf/option';
import type { ProgramInput } from '@neutrino/runtime/cmd/program';
import type { MessagingConfig } from '@neutrino/runtime/conf/messaging-options';
import { openAgentTransport } from '@neutrino/runtime/rpc/open-transport';
import type { agentOptions } from '../conf/agent.ts';
import type { defaultOptions } from '../conf/default.ts';
import { actAsAdmin } from '../rpc/act-as-admin.ts';
import type { AgentEnvironment, AgentHandle } from '../rpc/agent-handle.ts';

/** What of its configuration an agent's program reads, whichever agent it is. */
type CommonConfig = MessagingConfig & ConfigValues<{ readonly DEFAULT: typeof defaultOptions; readonly agent: typeof agentOptions }>;

export interface AgentProgram extends Pick<ProgramInput<OptionSections>, 'log' | 'signal'> {
  readonly config: CommonConfig;
  readonly name: string;
}

/** How long an agent that stops may wait for answers. */
const PATIENCE_MS = 1000;

/** Runs an agent as a program of its own, over the broker that its configuration names, until it is told to stop. */
export async function runAgent({ config, log, signal, name }: AgentProgram, start: (environment: AgentEnvironment) => Promise<AgentHandle>): Promise<void> {
  await using transport = openAgentTransport({ config, program: name, log });
  const environment = { transport: actAsAdmin(transport), host: config.DEFAULT.host, log, reportIntervalMs: config.agent.report_interval * 1000 };
  // Without a broker an agent waits, for its start or for an answer, and does not hear that it should stop. Closing the transport ends that.
  let impatient: NodeJS.Timeout | undefined;
  const stop = (): void => {
    impatient = setTimeout(() => void transport[Symbol.asyncDispose](), PATIENCE_MS);
  };
  signal.addEventListener('abort', stop);
  try {
    await using agent = await start(environment);
    log.info({ host: environment.host }, 'the agent runs');
    agent.inSync.then(() => log.info('what this host should be is in place'), () => undefined);
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(impatient);
  }
}

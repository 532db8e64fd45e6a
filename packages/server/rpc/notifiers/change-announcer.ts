import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import { changedMethod, changesTopics, changesVersion, type ChangesMessage } from '@neutrino/lib/rpc/agent-changes';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { agentTypes } from '../../agents/agent-views.ts';
import { speaksChanges } from '../../agents/speaks-changes.ts';
import type { AgentChange } from '../../change-log/agent-change.ts';
import { forgetChanges, type KeptChanges } from '../../change-log/forget-changes.ts';
import { isAnythingUnnumbered, numberChanges, type NumberedChanges } from '../../change-log/number-changes.ts';
import { adminContext, toMessageContext } from '../../context.ts';
import type { Db } from '../../db/types.ts';
import type { AgentDirectory } from '../../plugins/ml2/agent-directory.ts';
import { hostsOfChanges } from '../queries/hosts-of-changes.ts';
import { coalesce } from './coalesce.ts';

export interface ChangeAnnouncerOptions {
  readonly db: Db;
  readonly transport: Transport;
  readonly directory: AgentDirectory;
  readonly kept: KeptChanges;
  /** `l2population` is one of the mechanism drivers. */
  readonly populatesTunnels: boolean;
  readonly log: Pick<Logger, 'error' | 'debug'>;
}

export interface ChangeAnnouncer extends AsyncDisposable {
  /** Something was committed that agents may care about. */
  poke(): void;
  /** Resolves when what was committed before this call has a number. */
  numbered(): Promise<void>;
}

/** How soon what a server committed and did not live to number is numbered by another one. */
const lookMs = 1_000;
const forgetMs = 600_000;

/**
 * Moves what transactions leave for agents to the log, and tells those agents whom it concerns, each by a message of its own and no other:
 * whoever numbers changes announces them, so that of several servers one does. A message that is lost is made up for by the agent, which
 * sees a gap in the numbers of messages, or asks at its next heartbeat.
 */
export function changeAnnouncer({ db, transport, directory, kept, populatesTunnels, log }: ChangeAnnouncerOptions): ChangeAnnouncer {
  const server = crypto.randomUUID();
  const sequences = new Map<string, number>();

  const tell = async (agent: AgentView, { revision }: NumberedChanges, changes: readonly AgentChange[]): Promise<void> => {
    const topic = changesTopics[agent.agent_type];
    // One that is dead asks when it lives again.
    if (topic === undefined || !agent.alive || !speaksChanges(agent)) return;
    const key = `${topic}.${agent.host}`;
    const sequence = (sequences.get(key) ?? 0) + 1;
    sequences.set(key, sequence);
    const message: ChangesMessage = { server, sequence, changes: changes.map((change) => ({ ...change, revision })) };
    await transport.cast(toMessageContext(adminContext()), { topic, server: agent.host, version: changesVersion }, changedMethod, message as unknown as JsonObject);
  };

  const announce = async (numbered: NumberedChanges): Promise<void> => {
    const [bridges, dhcp] = await Promise.all([directory.agents(agentTypes.linuxbridge), directory.agents(agentTypes.dhcp)]);
    if (![...bridges, ...dhcp].some(speaksChanges)) return;
    const { l2, byId } = await hostsOfChanges(db, numbered.changes);
    for (const agent of bridges) {
      const changes = [...(l2.get(agent.host) ?? []), ...(byId.get(agent.id) ?? [])];
      if (changes.length > 0) await tell(agent, numbered, changes);
    }
    for (const agent of dhcp) {
      const changes = byId.get(agent.id) ?? [];
      if (changes.length > 0) await tell(agent, numbered, changes);
    }
  };

  const work = async (): Promise<void> => {
    for (;;) {
      const numbered = await numberChanges(db, { populatesTunnels });
      if (numbered === undefined) return;
      await announce(numbered);
      if (!numbered.more) return;
    }
  };
  const look = async (): Promise<void> => {
    if (await isAnythingUnnumbered(db)) await work();
  };
  // Many agents may ask at once; each wants a run that began after its question.
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const numbered = (): Promise<void> => {
    if (running === undefined) {
      running = look().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return numbered();
      });
    return next;
  };
  const onError = (error: unknown): void => log.error({ err: error }, 'changes for agents cannot be numbered and told; it is tried again');
  const pokes = coalesce(work, onError);
  const poke = (): void => pokes.add(['changes']);

  const stopped = new AbortController();
  const repeat = async (ms: number, job: () => Promise<void>): Promise<void> => {
    while (!stopped.signal.aborted) {
      await delay(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      // A database that is away is told of where it is asked for something.
      if (!stopped.signal.aborted) await job().catch((error: unknown) => log.debug({ err: error }, 'the log of changes cannot be looked after now'));
    }
  };
  const loops = [repeat(lookMs, numbered), repeat(forgetMs, async () => void (await forgetChanges(db, kept)))];

  return {
    poke,
    numbered,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await Promise.all(loops);
      await pokes[Symbol.asyncDispose]();
    },
  };
}

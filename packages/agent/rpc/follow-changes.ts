import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { changedMethod, changesConfiguration, changesMethod, changesTopics, changesVersion, type ChangesAnswer, type ToldChange } from '@neutrino/lib/rpc/agent-changes';
import type { Listener } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import { startKeyedQueue } from '../reconcile/keyed-queue.ts';
import type { AgentEnvironment } from './agent-handle.ts';
import { heardMessages } from './heard-messages.ts';
import { isToldChange } from './told-change.ts';
import { isUnknownMethod } from './unknown-method.ts';

export interface FollowOptions {
  readonly environment: Pick<AgentEnvironment, 'transport' | 'host' | 'log' | 'reportIntervalMs'>;
  /** As the server knows it: "Linux bridge agent". */
  readonly agentType: string;
  /** These have changed: each is to be looked at again. */
  readonly changed: (changes: readonly ToldChange[]) => void;
  /** Anything may have changed. Called first when the agent hears whatever happens from then on. */
  readonly lost: () => void;
  /** All that changed until it was asked has been handed over. Called after each answer. */
  readonly caughtUp?: () => void;
  /** Listens to Neutron's own topics. */
  readonly listenToNeutron: () => Promise<readonly Listener[]>;
  /** What the agent says of itself is no longer what it last said. */
  readonly reportNow: () => void;
}

/** How an agent hears of changes. Disposing it stops listening. */
export interface ChangeFollower extends AsyncDisposable {
  /** For the `configurations` of the agent's reports: what it speaks with its server. */
  readonly configurations: () => Readonly<Record<string, string>>;
  /** Messages may have been lost, or the server may be another one: asks. */
  readonly catchUp: () => void;
  /** The server does not know this agent any more, and with it what it was given: everything is to be looked at. */
  readonly startOver: () => void;
}

/** `contract`: find out what the server speaks. `ask`: ask what changed. */
type Key = 'contract' | 'ask';

/** At the latest this often an agent asks whether it has heard everything. */
const askMs = 10_000;
/** Until then other servers may not have seen the report by which they know that this agent is to be told. */
const firstAskMs = 1_500;
const retryMs = 500;
const longestRetryMs = 5_000;

/**
 * Follows the changes of this host, in one of two ways. A server of ours tells by messages addressed to the agent, and answers what changed
 * since a revision; the agent asks when a message is missing, when the connection was away, and now and then. Of any other server the
 * agent hears by Neutron's topics, and where something may have been missed it looks at everything.
 *
 * INVARIANT: all that changed up to `revision` has been handed to `changed`, or `lost` was called after it. So messages may be lost,
 * doubled or late: what one says is done at most once more, and what none says is in the next answer.
 */
export function followChanges(options: FollowOptions): ChangeFollower {
  const { agentType, changed, lost, reportNow } = options;
  const { transport, host, log, reportIntervalMs } = options.environment;
  const heard = heardMessages();
  const topic = changesTopics[agentType] ?? '';
  let listeners: readonly Listener[] = [];
  /** Undefined: not known yet, or of Neutron. */
  let revision: number | undefined;
  let contract: 'ours' | 'neutron' | undefined;
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  let isStopped = false;

  const question = async (since: number | null): Promise<ChangesAnswer> => {
    const call = transport.call({}, { topic: topics.plugin, version: changesVersion }, changesMethod, { host, agent_type: agentType, since });
    return answerOf(await Promise.race([stopped.promise, call]));
  };

  const speaksOurs = async (): Promise<boolean> => {
    try {
      await question(null);
      return true;
    } catch (error) {
      if (!isUnknownMethod(error)) throw error;
      return false;
    }
  };

  const listenTo = async (next: 'ours' | 'neutron'): Promise<void> => {
    const before = listeners;
    const fresh = next === 'neutron' ? await options.listenToNeutron() : [await transport.listen({ topic, server: host, addressedOnly: true, onGap: () => queue.add(['ask']), endpoints: [{ version: changesVersion, methods: { [changedMethod]: receive } }] })];
    try {
      // What comes from now on is heard.
      revision = next === 'ours' ? (await question(null)).revision : undefined;
      if (isStopped) throw new Error('the agent is stopping');
    } catch (error) {
      // It is tried again, and listens anew.
      await endAll(fresh);
      throw error;
    }
    listeners = fresh;
    contract = next;
    heard.forget();
    await endAll(before);
    log.info({ contract: next === 'ours' ? `changes ${changesVersion}` : 'neutron' }, 'changes are heard of');
    lost();
    reportNow();
    if (next === 'ours') queue.addLater(['ask'], firstAskMs);
  };

  const agree = async (): Promise<void> => {
    const next = (await speaksOurs()) ? 'ours' : 'neutron';
    if (isStopped) return;
    if (next !== contract) await listenTo(next);
    else if (next === 'neutron') lost();
    else await ask();
  };

  const ask = async (): Promise<void> => {
    if (contract !== 'ours' || revision === undefined) return;
    const answer = await question(revision);
    if (answer.changes === null) lost();
    else {
      const news = answer.changes.filter((change) => !heard.has(change));
      if (news.length > 0) changed(news);
    }
    revision = answer.revision;
    heard.forgetUpTo(revision);
    options.caughtUp?.();
  };

  const receive = (_context: JsonObject, args: JsonObject): undefined => {
    const { changes, complete } = heard.take(args);
    if (changes.length > 0) changed(changes);
    if (!complete) queue.add(['ask']);
  };

  const queue = startKeyedQueue<Key>({
    settleMs: 0,
    retryMs,
    longestRetryMs,
    async work(keys) {
      try {
        if (keys.has('contract')) await agree();
        else await ask();
      } catch (error) {
        if (contract !== 'ours' || !isUnknownMethod(error)) throw error;
        await listenTo('neutron');
      }
    },
    onError: (error) => {
      if (!isStopped) log.warn({ err: error }, 'the server does not say what changed; it is asked again');
    },
  });
  queue.add(['contract']);
  const timer = setInterval(() => queue.add(['ask']), Math.min(askMs, reportIntervalMs));

  return {
    configurations: () => (contract === 'ours' ? { [changesConfiguration]: changesVersion } : {}),
    catchUp: () => queue.add(['contract']),
    startOver() {
      queue.add(['contract']);
      lost();
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      stopped.reject(new Error('the agent is stopping'));
      clearInterval(timer);
      const disposed = queue[Symbol.asyncDispose]();
      await endAll(listeners);
      await disposed;
    },
  };
}

async function endAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
}

function answerOf(answer: Json): ChangesAnswer {
  if (!isJsonObject(answer) || typeof answer['revision'] !== 'number') throw new TypeError('the server answered no revision');
  const { revision, changes } = answer;
  return { revision, changes: Array.isArray(changes) ? changes.filter(isToldChange) : null };
}

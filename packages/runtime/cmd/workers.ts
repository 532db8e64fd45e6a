import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CannotStart } from './cannot-start.ts';

/** Tells a worker its name. */
const NAME = 'NEUTRINO_WORKER';
const READY = 'ready';
const STOP = 'stop';

/** How long workers may drain; the parent itself is ended a little later. */
const drainMs = 25_000;
/** A worker that lives shorter than this is started again only after as long. */
const shortLifeMs = 2000;

/** The part of this process where it is one of several workers of a program. */
export interface WorkerPart {
  /** As in `superviseWorkers`. */
  readonly name: string;
  /** Aborts when the parent wants this worker to stop, or is gone. */
  readonly signal: AbortSignal;
  /** Tells the parent that the worker serves. */
  ready(): void;
  /** To be called when the worker has stopped: the channel to the parent would keep it alive. */
  leave(): void;
}

/** Undefined in a process that was not started by `superviseWorkers`. */
export function workerPart(): WorkerPart | undefined {
  const { worker } = cluster;
  const name = process.env[NAME];
  if (worker === undefined || name === undefined) return undefined;
  const stop = new AbortController();
  process.on('message', (message) => {
    if (message === STOP) stop.abort();
  });
  process.on('disconnect', () => stop.abort());
  // What could not be said to a parent that is gone: 'disconnect' follows, and is what counts.
  worker.on('error', () => undefined);
  return {
    name,
    signal: stop.signal,
    ready: () => void worker.send(READY),
    leave: () => {
      if (worker.isConnected()) worker.disconnect();
    },
  };
}

export interface Supervision {
  /** One worker each: "api 1". Workers that listen on the same port share it. */
  readonly names: readonly string[];
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * Runs this program once more for each name, until `signal` aborts and all of them have drained. The first one goes ahead: when
 * it cannot start none can, and the program ends with CannotStart. Later on a worker that dies is replaced.
 */
export async function superviseWorkers({ names, signal, log }: Supervision): Promise<void> {
  const running = new Map<string, Worker>();

  const start = (name: string): Worker => {
    const worker = cluster.fork({ [NAME]: name });
    const startedAt = Date.now();
    running.set(name, worker);
    const gone = (how: string): void => {
      running.delete(name);
      if (signal.aborted || !isServing) return;
      log.error(`worker ${name} ${how}; it is started again`);
      const wait = Date.now() - startedAt < shortLifeMs ? shortLifeMs : 0;
      sleep(wait, undefined, { signal }).then(
        () => start(name),
        () => undefined,
      );
    };
    worker.once('exit', (code, signalName) => gone(`(pid ${String(worker.process.pid)}) ended with ${signalName ?? `status ${String(code)}`}`));
    worker.on('error', (error) => {
      // A worker that ends while it is spoken to says so by 'exit'; one that the kernel would not start does not.
      if (worker.process.pid === undefined) gone(`could not be started (${error.message})`);
    });
    return worker;
  };
  const passOn = (): void => {
    for (const worker of running.values()) worker.process.kill('SIGHUP');
  };

  let isServing = false;
  process.on('SIGHUP', passOn);
  try {
    const [first = '', ...others] = names;
    if (!(await servesOrEnds(start(first), signal))) {
      if (!signal.aborted) throw new CannotStart('the first worker could not start; its reason stands above');
    } else {
      isServing = true;
      for (const name of others) start(name);
      if (!signal.aborted) await once(signal, 'abort');
    }
    await stopAll([...running.values()], log);
  } finally {
    process.off('SIGHUP', passOn);
  }
}

/** False where it has ended, or is to stop, before it served. */
async function servesOrEnds(worker: Worker, signal: AbortSignal): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([
      once(worker, 'message', { signal: settled.signal }).then(([message]) => message === READY),
      once(worker, 'exit', { signal: settled.signal }).then(() => false),
      once(signal, 'abort', { signal: settled.signal }).then(() => false),
    ]);
  } finally {
    settled.abort();
  }
}

async function stopAll(workers: readonly Worker[], log: Logger): Promise<void> {
  const patience = new AbortController();
  const ends = workers.map(async (worker) => {
    if (worker.isDead()) return;
    const ended = once(worker, 'exit');
    if (worker.isConnected()) worker.send(STOP);
    const inTime = await Promise.race([ended.then(() => true), sleep(drainMs, false, { signal: patience.signal }).catch(() => true)]);
    if (inTime) return;
    log.error(`a worker (pid ${String(worker.process.pid)}) did not stop within ${String(drainMs / 1000)} s; ending it`);
    worker.process.kill('SIGKILL');
    await ended;
  });
  await Promise.all(ends);
  patience.abort();
}

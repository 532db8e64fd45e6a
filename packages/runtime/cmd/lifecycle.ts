import type { Logger } from 'pino';

/** How long a program may take to stop before it is ended. */
const stopMs = 30_000;
/** How long what is still open after the program's end may keep the process. */
const drainMs = 5000;

/** Aborts `signal` at the first SIGTERM or SIGINT. A second one ends the process as it would without us. */
export function onStopSignal(log: Logger): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    remove();
    log.info(`${name}: stopping`);
    controller.abort();
    setTimeout(() => {
      log.error(`not stopped within ${stopMs / 1000} s; ending anyway`);
      process.exit(1);
    }, stopMs).unref();
  };
  const remove = (): void => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return { signal: controller.signal, [Symbol.dispose]: remove };
}

/** The process ends by itself when nothing is open any more; what leaks a handle is named and does not keep it for ever. */
export function endInTime(log: Logger): void {
  setTimeout(() => {
    log.warn({ open: process.getActiveResourcesInfo() }, 'something is still open after the end; ending anyway');
    process.exit();
  }, drainMs).unref();
}

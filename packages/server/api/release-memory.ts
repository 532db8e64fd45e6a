import { collectGarbage } from '@neutrino/runtime/memory/collect-garbage';

/** From an answer of this size on. */
const largeBytes = 1_000_000;
/** What large answers may leave behind before it is collected at once. */
const mostBytes = 16_000_000;
/** After the last large answer, so that they are not slowed down one by one. */
const restMs = 500;

let left = 0;
let timer: NodeJS.Timeout | undefined;

/**
 * To be called when an answer is on its way. A large one leaves many megabytes of buffers behind, from the database and
 * for the socket. To V8 they are a few small objects, of which it lets far too many gather before it looks.
 */
export function releaseAfter(bytes: number): void {
  if (bytes < largeBytes) return;
  left += bytes;
  clearTimeout(timer);
  timer = setTimeout(release, left > mostBytes ? 0 : restMs).unref();
}

function release(): void {
  left = 0;
  collectGarbage();
}

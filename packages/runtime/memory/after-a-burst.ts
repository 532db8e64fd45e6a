import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from './collect-garbage.ts';

/** After the last work of a burst, so that none of it waits. */
const restMs = 50;
/** What may be left behind before it is collected. */
const mostBytes = 3_000_000;

let timer: NodeJS.Timeout | undefined;
let kept = 0;

/**
 * To be called when a program that rests most of the time has done some work. What a burst leaves behind V8 would keep for as long as
 * nothing more happens, and then that is the size of the program.
 */
export function releaseAfterBurst(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (used() < kept + mostBytes) return;
    collectGarbage();
    kept = used();
  }, restMs).unref();
}

function used(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

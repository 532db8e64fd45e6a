/** Numbers of gateways, and of flows, are in the lower half of a mark. */
export const GATEWAY_MASK = 0xffff;
/** Below are numbers of routing tables that have names, and the marks that packets have by default. */
const LOWEST = 0x100;
const CHOSEN = 0x8000;

/**
 * A gateway's number is that of its routing table, and the mark of the flows that keep to it. Flows outlive the plan, and other gateways come and go
 * meanwhile: so the number follows from the port's id. Of two that would have the same, the second in order takes the next.
 */
export function numberGateways(ids: readonly string[], reserved: readonly number[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const taken = new Set(reserved.flatMap((mark) => [mark & ~CHOSEN, mark]));
  for (const id of ids.toSorted()) {
    let at = Number.parseInt(id.slice(0, 8), 16) % (CHOSEN - LOWEST);
    while (taken.has(LOWEST + at)) at = (at + 1) % (CHOSEN - LOWEST);
    taken.add(LOWEST + at);
    numbers.set(id, LOWEST + at);
  }
  return numbers;
}

/** The mark of a packet whose flow has yet to be seen at a gateway, and that is to leave by this one unless a route says where it goes. */
export function chosenMark(number: number): number {
  return number | CHOSEN;
}

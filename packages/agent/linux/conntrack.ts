import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { run } from '../privileged/run.ts';

/** Flows to be forgotten: those to (or from) an address in a zone, further narrowed where the fields say so. */
export interface FlowSelector {
  readonly family: EtherType;
  readonly zone: number;
  readonly direction: 'ingress' | 'egress';
  /** The port's address. */
  readonly address: string;
  readonly protocol?: number;
  /** The other side's address. */
  readonly remote?: string;
}

/** Makes the kernel forget the flows, so that their next packet meets the rules anew. None matching is no failure. */
export async function forgetFlows(flow: FlowSelector): Promise<void> {
  const [own, other] = flow.direction === 'ingress' ? ['-d', '-s'] : ['-s', '-d'];
  await run(
    [
      'conntrack', '-D', '-f', flow.family.toLowerCase(), '-w', String(flow.zone), own, flow.address,
      ...(flow.protocol === undefined ? [] : ['-p', String(flow.protocol)]),
      ...(flow.remote === undefined ? [] : [other, flow.remote]),
    ],
    { accept: [1] },
  );
}

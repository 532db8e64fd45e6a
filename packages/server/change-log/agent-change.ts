import { isJsonObject, type Json } from '@neutrino/lib/json';

/**
 * Something that agents have in their hosts has changed. `subject` is by what is found whom it concerns, `object` what has changed; '' where
 * that is the subject itself.
 */
export interface AgentChange {
  readonly kind: ChangeKind;
  readonly subject: string;
  readonly object: string;
}

/**
 * | kind        | subject            | object  | concerns                                                     |
 * |-------------|--------------------|---------|--------------------------------------------------------------|
 * | `port`      | host               | port    | the L2 agent of the host                                     |
 * | `rules`     | security group     | –       | L2 agents of hosts with ports in the group                   |
 * | `members`   | security group     | –       | L2 agents of hosts with ports in groups that admit its members |
 * | `addresses` | address group      | –       | the same, of the address group                               |
 * | `network`   | network            | –       | L2 agents of hosts with ports in it, and its DHCP agents     |
 * | `gone`      | host               | network | the L2 agent of a host that may have a bridge left of it     |
 * | `subnet`    | network            | subnet  | DHCP agents of the network                                   |
 * | `lease`     | network            | port    | the same                                                     |
 * | `served`    | id of a DHCP agent | network | that agent, which has got the network or lost it             |
 * | `agent`     | id of an agent     | –       | that agent, which was switched on or off                     |
 * | `tunnels`   | network            | –       | L2 agents of hosts with ports in it that are told what is behind tunnels |
 *
 * These are in the outbox alone; their numbers are given to the networks (`tunnels`) that are behind them then:
 *
 * | `copies`    | router             | –       | copies of a highly available router came to hosts, or left them |
 * | `end`       | host               | –       | the host's end of tunnels is another one                     |
 */
const kinds = ['port', 'rules', 'members', 'addresses', 'network', 'gone', 'subnet', 'lease', 'served', 'agent', 'tunnels', 'copies', 'end'] as const;
export type ChangeKind = (typeof kinds)[number];

export function isChangeKind(text: Json | undefined): text is ChangeKind {
  return kinds.some((kind) => kind === text);
}

/** Without repetitions. */
export function distinctChanges(changes: readonly AgentChange[]): readonly AgentChange[] {
  return [...new Map(changes.map((change) => [`${change.kind} ${change.object} ${change.subject}`, change])).values()];
}

/** Reads changes as the outbox holds them; leaves out what is none, which another version may have written. */
export function parseChanges(text: string): readonly AgentChange[] {
  const list: Json = JSON.parse(text) as Json;
  return (Array.isArray(list) ? list : []).flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const { kind, subject, object } = item;
    return isChangeKind(kind) && typeof subject === 'string' && typeof object === 'string' ? [{ kind, subject, object }] : [];
  });
}

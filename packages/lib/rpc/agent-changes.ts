/**
 * Our addition to the contract between server and agents: an agent learns what changed for its host since a revision that it names, and
 * is told of changes by messages addressed to it. A server that does not have the method is Neutron's, and an agent then keeps to
 * Neutron's topics and synchronises in full; a server tells such an agent by Neutron's topics as long as it does not say that it speaks this.
 */

/** On topic q-plugin. By the end of its name a Python server passes over a method that it lacks without an error in its log. */
export const changesMethod = 'get_agent_changes_ignore_errors';
/** The version of the method and of the messages. */
export const changesVersion = '1.0';
/** The key of `configurations` in an agent's reports under which it says the version that it speaks: in use, not only known to it. */
export const changesConfiguration = 'agent_changes';

/** Where agents of a type are told: the topic, with the host as the server. Types without one are not told anything. */
export const changesTopics: Readonly<Record<string, string>> = { 'Linux bridge agent': 'agent-changes-l2', 'DHCP agent': 'agent-changes-dhcp' };
/** The method of the message. */
export const changedMethod = 'changed';

/** What has changed. See the server's `change-log/agent-change.ts` for the kinds; an agent passes over those that it does not know. */
export interface ToldChange {
  readonly kind: string;
  readonly subject: string;
  readonly object: string;
  readonly revision: number;
  /** Of kind `served`, in answers alone: whether the agent serves the network now. */
  readonly served?: boolean;
}

/** Answer to `{host, agent_type, since}`; without `since` the newest revision is all that is asked for. */
export interface ChangesAnswer {
  /** What is told holds up to here. */
  readonly revision: number;
  /** Null where the server cannot say what changed since then: everything has to be looked at. */
  readonly changes: readonly ToldChange[] | null;
}

/** Arguments of the message. */
export interface ChangesMessage {
  /** Which process sent it. */
  readonly server: string;
  /** How many that process has sent to this agent: where one is missing, it was lost. */
  readonly sequence: number;
  readonly changes: readonly ToldChange[];
}

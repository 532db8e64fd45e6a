/**
 * Our addition to the contract between server and L3 agents: an agent asks now and then what state the server has its routers in, and looks
 * again at those that it knows otherwise. So a message that was lost is made up for, at a cost that does not grow with what a router has.
 */

/** On topic q-l3-plugin. By the end of its name a Python server passes over a method that it lacks without an error in its log. */
export const routerRevisionsMethod = 'get_router_revisions_ignore_errors';

/** Answer to `{host}`: of each router that the host is to have and that is switched on, a text that is another one after any change to it. */
export type RouterRevisions = Readonly<Record<string, string>>;

import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import type { RouterRevisions } from '@neutrino/lib/rpc/router-revisions';
import type { Logger } from 'pino';
import { floatingIpsOf, statusesToReport } from './floatingip-statuses.ts';
import type { Retries } from '../reconcile/retries.ts';
import type { StateReports } from './ha/state-reports.ts';
import type { L3PluginRpc } from './plugin-rpc.ts';
import { isKnownKind, isServed } from './plan-router.ts';
import type { RouterService } from './router-service.ts';

/** What this host is to have, and what is known to be out of date. */
export interface ServedRouters {
  /** Something about the router has changed, perhaps whether this host has it. */
  changed(routerId: string): void;
  /** It is gone, or another host's. */
  removed(routerId: string): void;
  beginFetch(): RoutersFetch;
  /** Takes what the server has its routers in. Returns the ids of those that need a pass: what was told of them has not been made. */
  compare(revisions: RouterRevisions): readonly string[];
  /** One pass over one router; never rejects. */
  pass(routerId: string): Promise<void>;
  /** Whether this host has the router, or is about to. */
  has(routerId: string): boolean;
  /** The routers as they were made last. */
  current(): readonly RouterInfo[];
}

/** A full answer of the server is on its way. What is noted meanwhile is newer than it. */
export interface RoutersFetch {
  /** Takes the answer, and the ids of routers of which something is left on this host. Returns the ids that need a pass. */
  end(routers: readonly RouterInfo[], left: readonly string[]): readonly string[];
}

export interface ServedRoutersOptions {
  readonly rpc: Pick<L3PluginRpc, 'updateFloatingIpStatuses'>;
  readonly fetch: (routerId: string) => Promise<RouterInfo | undefined>;
  readonly service: RouterService;
  readonly handleInternalOnlyRouters: boolean;
  readonly states: Pick<StateReports, 'note' | 'forget'>;
  /** Asks for another pass after a failure, in a while. */
  readonly retries: Retries;
  readonly log: Logger;
}

interface RouterState {
  /** What is known of it: to be asked for, as it was fetched or made last, or that this host does not have it. */
  wanted: RouterInfo | 'ask' | 'gone';
  /** How often it was noted. That it is to be asked for can be noted again while it is asked for, and looks the same. */
  notes: number;
  made: RouterInfo | undefined;
  floatingIps: ReadonlySet<string>;
}

export function createServedRouters(options: ServedRoutersOptions): ServedRouters {
  const { service, log } = options;
  const states = new Map<string, RouterState>();
  /** Router → what the server had it in when it was asked for last. */
  const revisions = new Map<string, string>();
  /** Routers that messages named since the current fetch began. */
  const newer = new Set<string>();

  const note = (routerId: string, wanted: RouterState['wanted']): void => {
    const state = states.get(routerId) ?? { wanted, notes: 0, made: undefined, floatingIps: new Set() };
    state.wanted = wanted;
    state.notes += 1;
    states.set(routerId, state);
  };

  const report = async (router: RouterInfo, status: 'ACTIVE' | 'ERROR', state: RouterState): Promise<void> => {
    const statuses = statusesToReport(router, status, state.floatingIps);
    if (statuses.size > 0) await options.rpc.updateFloatingIpStatuses(router.id, statuses);
    state.floatingIps = new Set(floatingIpsOf(router).map(({ id }) => id));
  };

  const remove = async (routerId: string, state: RouterState): Promise<void> => {
    if (await service.remove(routerId)) log.info({ router: routerId }, 'the router is removed');
    options.states.forget(routerId);
    state.made = undefined;
    // The server knows which of them lead nowhere now, and which have gone to another host with the router.
    if (state.floatingIps.size > 0) await options.rpc.updateFloatingIpStatuses(routerId, new Map());
    state.floatingIps = new Set();
  };

  const make = async (router: RouterInfo, state: RouterState): Promise<void> => {
    const { steps, isTranslating, failures, warnings, copy } = await service.apply(router);
    if (copy !== undefined) options.states.note(router.id, copy, router._ha_state ?? undefined);
    if (steps.length > 0) log.info({ router: router.id, steps }, 'the router is brought up to date');
    for (const warning of warnings) log.warn({ router: router.id }, warning);
    state.made = router;
    const status = isTranslating ? 'ACTIVE' : 'ERROR';
    await report(router, status, state);
    // Told once; what the server says of them is out of date from now on.
    if (state.wanted === router) state.wanted = withStatus(router, status);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  };

  const know = (routerId: string, router: RouterInfo | 'gone'): void => {
    const revision = router === 'gone' ? undefined : router._revision;
    if (revision === undefined) revisions.delete(routerId);
    else revisions.set(routerId, revision);
  };

  return {
    changed(routerId) {
      newer.add(routerId);
      note(routerId, 'ask');
    },
    removed(routerId) {
      newer.add(routerId);
      note(routerId, 'gone');
    },
    beginFetch() {
      newer.clear();
      return {
        end(routers, left) {
          const answered = new Set(routers.map(({ id }) => id));
          for (const router of routers) if (!newer.has(router.id)) note(router.id, router);
          for (const routerId of new Set([...left, ...states.keys()])) if (!answered.has(routerId) && !newer.has(routerId)) note(routerId, 'gone');
          return [...states.keys()];
        },
      };
    },
    compare(current) {
      const ids = new Set([...revisions.keys(), ...Object.keys(current)]);
      const missed = [...ids].filter((id) => revisions.get(id) !== current[id]);
      for (const routerId of missed) {
        newer.add(routerId);
        note(routerId, 'ask');
      }
      return missed;
    },
    async pass(routerId) {
      const state = states.get(routerId);
      if (state === undefined) return;
      try {
        const { wanted: noted, notes } = state;
        const router = noted === 'ask' ? ((await options.fetch(routerId)) ?? 'gone') : noted;
        // What was noted meanwhile is another pass's.
        if (state.notes === notes) state.wanted = router;
        // Also where it cannot be made: what was told of it is no news, and trying again has its own time.
        know(routerId, router);
        if (router !== 'gone' && isServed(router, options)) {
          await make(router, state);
          options.retries.succeeded(routerId);
          return;
        }
        if (router !== 'gone' && !isKnownKind(router)) log.warn({ router: routerId }, 'the router is distributed, or has no port by which copies watch one another: this agent cannot make it');
        await remove(routerId, state);
        options.retries.succeeded(routerId);
        if (state.wanted === router && states.get(routerId) === state) states.delete(routerId);
      } catch (error) {
        log.warn({ err: error, router: routerId }, 'a pass over the router failed; it is repeated');
        // What it is to be may have changed with the reason for the failure.
        if (state.wanted !== 'gone') state.wanted = 'ask';
        options.retries.later(routerId, error);
      }
    },
    has: (routerId) => states.has(routerId),
    current: () => [...states.values()].flatMap(({ made }) => (made === undefined ? [] : [made])),
  };
}

function withStatus(router: RouterInfo, status: string): RouterInfo {
  const { _floatingips: floating, _pf_floatingips: forwarding } = router;
  return {
    ...router,
    ...(floating !== undefined && { _floatingips: floating.map((each) => ({ ...each, status })) }),
    ...(forwarding !== undefined && { _pf_floatingips: forwarding.map((each) => ({ ...each, status })) }),
  };
}

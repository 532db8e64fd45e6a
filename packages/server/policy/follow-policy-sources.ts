import type { Logger } from 'pino';
import type { LivePolicy } from './policy-engine.ts';
import { readPolicySources, stampOf, type PolicySources } from './policy-sources.ts';

const LOOK_EVERY_MS = 1000;

interface Following {
  readonly policy: LivePolicy;
  readonly sources: PolicySources;
  /** `stampOf` from before the rules that the policy has now were read. */
  readonly stamp: string;
  readonly log: Logger;
}

/** Gives the policy new rules within a second of a change of its files. Files that cannot be used leave it the rules that it has. */
export function followPolicySources({ policy, sources, stamp, log }: Following): Disposable {
  let seen = stamp;
  const look = (): void => {
    try {
      const now = stampOf(sources);
      if (now === seen) return;
      seen = now;
      const warnings = policy.replace(readPolicySources(sources));
      for (const warning of warnings) log.warn(warning);
      log.info('the policy files have changed: their rules hold from now on');
    } catch (error) {
      log.error({ reason: error instanceof Error ? error.message : String(error) }, 'the policy files have changed, but cannot be used: the rules from before still hold');
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

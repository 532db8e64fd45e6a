import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { Logger } from 'pino';
import { osloPolicyOptions } from '../conf/oslo-policy.ts';
import type { ServerConfig } from '../conf/sections.ts';
import { followPolicySources } from '../policy/follow-policy-sources.ts';
import { createPolicy, type PolicyEngine } from '../policy/policy-engine.ts';
import { readPolicySources, stampOf, type PolicySources } from '../policy/policy-sources.ts';

/** The name of the file in former releases, looked for where no name is configured. */
const FORMER_POLICY_FILE = 'policy.json';

/**
 * The default rules, and over them those of `[oslo_policy] policy_file` and `policy_dirs`, which are followed as they
 * change. Throws CannotStart, which names file and rule.
 */
export function configuredPolicy({ oslo_policy }: ServerConfig, findFile: (name: string) => string | undefined, log: Logger): Disposable & { readonly policy: PolicyEngine } {
  const isDefault = oslo_policy.policy_file === osloPolicyOptions.policy_file.default;
  const sources: PolicySources = {
    file: () => findFile(oslo_policy.policy_file) ?? (isDefault ? findFile(FORMER_POLICY_FILE) : undefined),
    directories: () => oslo_policy.policy_dirs.map(findFile).filter((path) => path !== undefined),
  };
  // Rules that an operator meant to have must not be missing unnoticed.
  if (!isDefault && sources.file() === undefined) throw new CannotStart(`[oslo_policy] policy_file: there is no ${oslo_policy.policy_file}`);
  try {
    const stamp = stampOf(sources);
    const policy = createPolicy({
      enforceNewDefaults: oslo_policy.enforce_new_defaults,
      enforceScope: oslo_policy.enforce_scope,
      defaultRule: oslo_policy.policy_default_rule,
    });
    for (const warning of policy.replace(readPolicySources(sources))) log.warn(warning);
    const following = followPolicySources({ policy, sources, stamp, log });
    return { policy, [Symbol.dispose]: () => following[Symbol.dispose]() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`[oslo_policy] ${reason}`, { cause: error });
  }
}

import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { osloPolicyOptions } from '../conf/oslo-policy.ts';
import type { ServerConfig } from '../conf/sections.ts';
import { createPolicy, type PolicyEngine } from '../policy/policy-engine.ts';
import { readPolicyFile } from '../policy/policy-file.ts';

/** The default rules, and over them those of `[oslo_policy] policy_file` where it exists. Throws CannotStart, which names file and rule. */
export function configuredPolicy({ oslo_policy }: ServerConfig, findFile: (name: string) => string | undefined): PolicyEngine {
  const path = findFile(oslo_policy.policy_file);
  if (path === undefined) {
    // Rules that an operator meant to have must not be missing unnoticed.
    if (oslo_policy.policy_file !== osloPolicyOptions.policy_file.default) throw new CannotStart(`[oslo_policy] policy_file: there is no ${oslo_policy.policy_file}`);
    return createPolicy();
  }
  try {
    return createPolicy({ rules: readPolicyFile(path) ?? {} });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CannotStart(reason.startsWith(path) ? reason : `${path}: ${reason}`, { cause: error });
  }
}

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '@neutrino/server/context';
import { createPolicy, type PolicyEngine } from '@neutrino/server/policy/policy-engine';
import { defaultRules } from '@neutrino/server/policy/rules/default-rules';
import { describe, expect, it } from 'vitest';
import { requires, type Capability } from '../support/capabilities.ts';

/*
 * Every default rule, for every kind of caller and of object, against what OpenStack's own policy code answers: its answers
 * are in policy-matrix.json, which policy-matrix.py makes where Debian's python3-neutron is installed.
 */

interface Persona {
  readonly project?: string;
  readonly system?: string;
  readonly domain?: string;
  readonly roles: readonly string[];
}

interface Matrix {
  readonly personas: Readonly<Record<string, Persona>>;
  readonly targets: Readonly<Record<string, JsonObject>>;
  readonly modes: Readonly<Record<string, { readonly enforce_new_defaults?: boolean; readonly enforce_scope?: boolean }>>;
  /** Rule → per mode the answers as one hexadecimal number: personas in order, and for each the targets in order. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
}

const file = join(import.meta.dirname, 'policy-matrix.json');
const script = join(import.meta.dirname, 'policy-matrix.py');
const matrix = JSON.parse(readFileSync(file, 'utf8')) as Matrix;

/** Rules of services that this server does not have. */
const elsewhere =
  /(?:router:(?:distributed|ha)$|local_ip|log$|loggable_resource|metering|ndp_proxy|network_segment_range|_segment$|conntrack|port_forwarding|trunk|subports|_policy$|_(?:policy|alias)_.*_rule$|rule_type)/;

/** Rules that are meant to differ, and why. */
const deviations: Readonly<Record<string, string>> = {
  create_subnet: "the body's own project counts as an owner there: whoever may use a shared network could give everybody on it another subnet",
};

function contextOf({ project, system, domain, roles }: Persona, policy: PolicyEngine): RequestContext {
  return {
    requestId: 'req-1', userId: 'u', roles, isAdmin: policy.isAdmin({ roles }), isAdvsvc: policy.isAdvsvc({ roles }),
    ...(project !== undefined && { projectId: project }), ...(system !== undefined && { systemScope: system }), ...(domain !== undefined && { domainId: domain }),
  };
}

/** "persona: target" of all that is allowed. */
function allowedBy(check: (persona: Persona, target: JsonObject, index: number) => boolean): readonly string[] {
  const targets = Object.entries(matrix.targets);
  return Object.entries(matrix.personas).flatMap(([who, persona], row) =>
    targets.filter(([, target], column) => check(persona, target, row * targets.length + column)).map(([what]) => `${who}: ${what}`),
  );
}

function expectedAnswers(rule: string, mode: number): readonly string[] {
  const hex = matrix.rules[rule]?.[mode] ?? '';
  const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return allowedBy((_persona, _target, index) => bits[index] === '1');
}

const rules = Object.keys(matrix.rules);

describe.each(Object.entries(matrix.modes))('%s', (mode, options) => {
  const policy = createPolicy({ enforceNewDefaults: options.enforce_new_defaults === true, enforceScope: options.enforce_scope === true });
  const modeIndex = Object.keys(matrix.modes).indexOf(mode);
  const answersTo = (rule: string): readonly string[] => allowedBy((persona, target) => policy.check(contextOf(persona, policy), rule, target));

  it.each(rules.filter((rule) => Object.hasOwn(defaultRules, rule) && !Object.hasOwn(deviations, rule)))('%s allows whom and what OpenStack allows', (rule) => {
    expect(answersTo(rule)).toEqual(expectedAnswers(rule, modeIndex));
  });

  it.each(Object.keys(deviations))('%s allows less than OpenStack, and nothing else', (rule) => {
    const expected = expectedAnswers(rule, modeIndex);
    const answers = answersTo(rule);
    expect(answers.filter((answer) => !expected.includes(answer))).toEqual([]);
    if (options.enforce_new_defaults === true) expect(answers.length).toBeLessThan(expected.length);
  });
});

it('no rule is missing but those of services that are not here', () => {
  expect(rules.filter((rule) => !Object.hasOwn(defaultRules, rule) && !elsewhere.test(rule))).toEqual([]);
});

it("every rule besides OpenStack's is one of those of later releases", () => {
  expect(Object.keys(defaultRules).filter((rule) => !rules.includes(rule) && !/:tags$|_port_binding$|_external_gateways(:|$)|:enable_default_route_ecmp$/.test(rule))).toEqual([]);
});

const neutronPolicies: Capability = {
  missing: () =>
    spawnSync('/usr/bin/python3', ['-c', 'import neutron.policy'], { stdio: 'ignore' }).status === 0 ? undefined : "needs Debian's python3-neutron, which knows OpenStack's own answers",
};

it("OpenStack's own policy code still answers so", { ...requires(neutronPolicies), timeout: 600_000 }, () => {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', [script], { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }, maxBuffer: 16 * 1024 * 1024 });
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual(matrix);
});

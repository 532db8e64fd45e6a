import type { ErrorKind } from './neutron-error.ts';

/** `rule`: the text of the check that failed. */
export const PolicyNotAuthorized: ErrorKind = { type: 'PolicyNotAuthorized', status: 403, message: '%(rule)s is disallowed by policy' };

/** `rule`: the rule; `scope`: what the token is for instead. */
export const InvalidScope: ErrorKind = { type: 'InvalidScope', status: 403, message: "%(rule)s requires a scope of ['project'], request was made with %(scope)s scope." };

import type { ErrorKind } from './neutron-error.ts';

/** `rule`: the text of the check that failed. */
export const PolicyNotAuthorized: ErrorKind = { type: 'PolicyNotAuthorized', status: 403, message: '%(rule)s is disallowed by policy' };

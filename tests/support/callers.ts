import type { Caller } from './network-server.ts';

/** Without roles: an administrator. */
export const admin: Caller = { project: 'admin' };
export const alice: Caller = { project: 'alice', roles: 'member,reader' };
export const bob: Caller = { project: 'bob', roles: 'member,reader' };
export const carol: Caller = { project: 'carol', roles: 'member,reader' };

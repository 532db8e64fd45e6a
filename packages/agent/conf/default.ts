import { hostname } from 'node:os';
import { option } from '@neutrino/lib/conf/option';
import { str } from '@neutrino/lib/conf/option-types';
import { messagingOptions } from '@neutrino/runtime/conf/messaging-options';

/** [DEFAULT] of every agent. */
export const defaultOptions = {
  host: option({ type: str(), default: hostname(), sample: '<name of this host>', help: 'Name of this host, as the server and Nova know it.' }),
  state_path: option({ type: str(), default: '/var/lib/neutron', help: 'Directory of files that must survive a restart.' }),
  ...messagingOptions,
};

import { option } from '@neutrino/lib/conf/option';
import { bool, float } from '@neutrino/lib/conf/option-types';

/** [agent] of every agent. */
export const agentOptions = {
  report_interval: option({
    type: float({ min: 0.1 }),
    default: 30,
    help: "Seconds between reports to the server; at most half the server's agent_down_time.",
  }),
  log_agent_heartbeats: option({ type: bool(), default: false, help: 'Ask the server to log each report.' }),
};

import { option } from '@neutrino/lib/conf/option';
import { int } from '@neutrino/lib/conf/option-types';

/** [agent_changes], which Neutron does not have. */
export const agentChangesOptions = {
  keep_hours: option({ type: int({ min: 1 }), default: 24, help: 'How long the log of changes for agents is kept. An agent that was away for longer synchronises in full.' }),
  keep_rows: option({ type: int({ min: 1000 }), default: 1_000_000, help: 'How many changes the log keeps at most; the oldest go first.' }),
};

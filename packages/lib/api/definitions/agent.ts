import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { boolean, orNull, string, uuid } from '../validators.ts';

export const agent: ExtensionDeclaration = defineExtension({
  alias: 'agent',
  name: 'agent',
  description: 'The programs that act on hosts.',
  updated: '2013-02-03T10:00:00-00:00',
  resources: [
    {
      collection: 'agents',
      resource: 'agent',
      operations: ['list', 'show', 'update', 'delete'],
      attributes: {
        id: { type: 'string', allowPost: false, allowPut: false, validate: uuid, isVisible: true, isFilter: true, isSortKey: true, primaryKey: true },
        agent_type: readOnly('string', 'e.g. Linux bridge agent', { isFilter: true, isSortKey: true }),
        binary: readOnly('string', 'the program', { isFilter: true, isSortKey: true }),
        topic: readOnly('string', 'where it listens', { isFilter: true, isSortKey: true }),
        host: readOnly('string', 'the host it runs on', { isFilter: true, isSortKey: true }),
        admin_state_up: {
          type: 'boolean', allowPost: false, allowPut: true, validate: boolean, convertTo: toBoolean, isVisible: true, isFilter: true, isSortKey: true,
          description: 'whether it is given new work',
        },
        alive: readOnly('boolean', 'whether it was heard from lately', { isFilter: true, convertTo: toBoolean }),
        created_at: readOnly('string', 'UTC', { isSortKey: true }),
        started_at: readOnly('string', 'UTC', { isSortKey: true }),
        heartbeat_timestamp: readOnly('string', 'when it was last heard from, UTC', { isSortKey: true }),
        configurations: readOnly('object', 'what it says of itself'),
        description: { type: 'string', allowPost: false, allowPut: true, validate: orNull(string(255)), isVisible: true, isFilter: true, description: 'for people to read' },
      },
    },
  ],
});

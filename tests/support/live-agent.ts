import type { Db } from '@neutrino/server/db/types';

/** Has the server believe in a Linux bridge agent on a host, alive for as long as a test lasts. */
export async function liveAgent(db: Db, host: string): Promise<void> {
  const soon = new Date(Date.now() + 600_000).toISOString().slice(0, 19).replace('T', ' ');
  await db
    .insertInto('agents')
    .values({
      id: crypto.randomUUID(), agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host, availability_zone: null, admin_state_up: 1, description: '',
      created_at: soon, started_at: soon, heartbeat_timestamp: soon, configurations: JSON.stringify({ tunnel_types: ['vxlan'] }), resource_versions: '{}', load: 0,
    })
    .execute();
}

import type { Db } from '@neutrino/server/db/types';

const KINDS = {
  'Linux bridge agent': { binary: 'neutron-linuxbridge-agent', topic: 'N/A', availability_zone: null },
  'DHCP agent': { binary: 'neutron-dhcp-agent', topic: 'dhcp_agent', availability_zone: 'nova' },
} as const;

/** Has the server believe in an agent on a host, alive for as long as a test lasts. */
export async function liveAgent(db: Db, host: string, kind: keyof typeof KINDS = 'Linux bridge agent'): Promise<void> {
  const soon = new Date(Date.now() + 600_000).toISOString().slice(0, 19).replace('T', ' ');
  await db
    .insertInto('agents')
    .values({
      ...KINDS[kind], id: crypto.randomUUID(), agent_type: kind, host, admin_state_up: 1, description: '',
      created_at: soon, started_at: soon, heartbeat_timestamp: soon, configurations: JSON.stringify({ tunnel_types: ['vxlan'] }), resource_versions: '{}', load: 0,
    })
    .execute();
}

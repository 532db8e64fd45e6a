import type { MariadbServer } from '../../support/mariadb.ts';

/**
 * Copies a port of the real Neutron within its database (release Zed) until its network has so many: through its API 10,000
 * ports would take it half an hour. The subnet is 10.0.0.0/16; copies have the addresses from 10.0.128.0 on.
 */
export async function fillNeutron(mariadb: MariadbServer, database: string, fill: { readonly network: string; readonly subnet: string; readonly template: string; readonly count: number }): Promise<void> {
  const { network, subnet, template, count } = fill;
  const copied = (table: string, key: string, columns: readonly string[], changed: Readonly<Record<string, string>>): string => {
    const names = [...Object.keys(changed), ...columns];
    const values = [...Object.values(changed), ...columns.map((column) => `t.${column}`)];
    return `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from copies c join ${table} t on t.${key}`;
  };
  await mariadb.statement(
    [
      `use ${database}`,
      `set @there = (select count(*) from ports where network_id = '${network}')`,
      'set @attributes = (select max(id) from standardattributes) + 10',
      `set @template = (select standard_attr_id from ports where id = '${template}')`,
      `set @ipam = (select id from ipamsubnets where neutron_subnet_id = '${subnet}')`,
      `create temporary table copies as select seq as n, @attributes + seq as attributes,
         concat('beef0000-0000-4000-8000-', lpad(lower(hex(seq)), 12, '0')) as id,
         concat('10.0.', 128 + seq div 250, '.', 1 + seq mod 250) as address,
         concat('fa:16:3f:00:', lpad(lower(hex(seq div 256)), 2, '0'), ':', lpad(lower(hex(seq mod 256)), 2, '0')) as mac
         from seq_1_to_30000 where seq <= ${count} - @there`,
      'start transaction',
      copied('standardattributes', 'id = @template', ['resource_type', 'created_at', 'updated_at', 'description', 'revision_number'], { id: 'c.attributes' }),
      copied('ports', `id = '${template}'`, ['project_id', 'network_id', 'admin_state_up', 'status', 'device_id', 'device_owner', 'ip_allocation'], {
        id: 'c.id', name: "concat('copy', c.n)", mac_address: 'c.mac', standard_attr_id: 'c.attributes',
      }),
      "insert into ipamallocations (ip_address, status, ipam_subnet_id) select address, 'ALLOCATED', @ipam from copies",
      `insert into ipallocations (port_id, ip_address, subnet_id, network_id) select id, address, '${subnet}', '${network}' from copies`,
      copied('ml2_port_bindings', `port_id = '${template}'`, ['host', 'vif_type', 'vnic_type', 'profile', 'vif_details', 'status'], { port_id: 'c.id' }),
      copied('portsecuritybindings', `port_id = '${template}'`, ['port_security_enabled'], { port_id: 'c.id' }),
      copied('securitygroupportbindings', `port_id = '${template}'`, ['security_group_id'], { port_id: 'c.id' }),
      'commit',
    ].join('; '),
  );
}

"""Every kind of object through openstacksdk's network proxy: made, found by name and id, listed, changed and removed.

Prints a line a kind, "<kind> ok", or ends with the error of the first that fails. Kinds whose extension the server does not have
are left out.
"""
import openstack
from openstack import exceptions

cloud = openstack.connect()
net = cloud.network
aliases = {extension.alias for extension in net.extensions()}


def crud(kind, attributes, change, *, plural=None, named=True):
    create, get = getattr(net, f'create_{kind}'), getattr(net, f'get_{kind}')
    many = getattr(net, plural or f'{kind}s')
    made = create(**attributes)
    assert get(made.id).id == made.id
    if named:
        assert getattr(net, f'find_{kind}')(made.name).id == made.id
        assert [each.id for each in many(name=made.name)] == [made.id]
    assert made.id in [each.id for each in many()]
    if change:
        changed = getattr(net, f'update_{kind}')(made, **change)
        for name, value in change.items():
            assert getattr(changed, name) == value, (kind, name, getattr(changed, name))
    print(kind, 'ok', flush=True)
    return made


def gone(kind, made):
    getattr(net, f'delete_{kind}')(made, ignore_missing=False)
    try:
        getattr(net, f'get_{kind}')(made.id)
    except exceptions.ResourceNotFound:
        return
    raise AssertionError(f'{kind} {made.id} is still there')


made = []
network = crud('network', {'name': 'sdk-net'}, {'description': 'changed'})
made.append(('network', network))
subnet = crud('subnet', {'name': 'sdk-subnet', 'network_id': network.id, 'ip_version': 4, 'cidr': '10.7.0.0/24'}, {'dns_nameservers': ['10.7.0.2']})
made.append(('subnet', subnet))
group = crud('security_group', {'name': 'sdk-group'}, {'description': 'changed'})
made.append(('security_group', group))
rule = crud('security_group_rule', {'security_group_id': group.id, 'direction': 'ingress', 'protocol': 'tcp', 'port_range_min': 22, 'port_range_max': 22}, {}, named=False)
made.append(('security_group_rule', rule))
port = crud('port', {'name': 'sdk-port', 'network_id': network.id, 'security_groups': [group.id], 'fixed_ips': [{'subnet_id': subnet.id, 'ip_address': '10.7.0.10'}]}, {'name': 'sdk-port-2'})
assert port.fixed_ips == [{'subnet_id': subnet.id, 'ip_address': '10.7.0.10'}], port.fixed_ips
made.append(('port', port))
bulk = list(net.create_ports([{'network_id': network.id, 'name': f'sdk-bulk-{number}'} for number in range(3)]))
assert len(bulk) == 3
for each in bulk:
    net.delete_port(each)

net.set_tags(network, ['red', 'blue'])
assert sorted(net.get_network(network.id).tags) == ['blue', 'red']
assert [each.id for each in net.networks(tags='red,blue')] == [network.id]
net.set_tags(network, [])
print('tags ok', flush=True)

if 'address-scope' in aliases:
    scope = crud('address_scope', {'name': 'sdk-scope', 'ip_version': 4}, {'name': 'sdk-scope-2'})
    made.append(('address_scope', scope))
if 'subnet_allocation' in aliases:
    pool = crud('subnet_pool', {'name': 'sdk-pool', 'prefixes': ['10.64.0.0/16'], 'default_prefixlen': 26}, {'description': 'changed'})
    made.append(('subnet_pool', pool))
    other = net.create_network(name='sdk-other')
    made.append(('network', other))
    taken = net.create_subnet(network_id=other.id, ip_version=4, subnet_pool_id=pool.id, name='sdk-taken')
    assert taken.cidr.startswith('10.64.') and taken.cidr.endswith('/26'), taken.cidr
    made.append(('subnet', taken))
if 'address-group' in aliases:
    addresses = crud('address_group', {'name': 'sdk-addresses', 'addresses': ['10.0.0.1/32']}, {'description': 'changed'})
    assert sorted(net.add_addresses_to_address_group(addresses, ['10.0.0.2/32']).addresses) == ['10.0.0.1/32', '10.0.0.2/32']
    assert net.remove_addresses_from_address_group(addresses, ['10.0.0.1/32']).addresses == ['10.0.0.2/32']
    made.append(('address_group', addresses))
if 'rbac-policies' in aliases:
    policy = crud('rbac_policy', {'object_type': 'network', 'object_id': network.id, 'action': 'access_as_shared', 'target_project_id': 'f' * 32}, {'target_project_id': 'e' * 32}, plural='rbac_policies', named=False)
    made.append(('rbac_policy', policy))
if 'flavors' in aliases:
    flavor = crud('flavor', {'name': 'sdk-flavor', 'service_type': 'FLAVORS'}, {'description': 'changed'})
    profile = crud('service_profile', {'description': 'x', 'meta_info': '{}'}, {'description': 'changed'}, named=False)
    net.associate_flavor_with_service_profile(flavor, profile)
    assert net.get_flavor(flavor.id).service_profile_ids == [profile.id]
    net.disassociate_flavor_from_service_profile(flavor, profile)
    made += [('flavor', flavor), ('service_profile', profile)]
if 'network-ip-availability' in aliases:
    availability = net.get_network_ip_availability(network.id)
    assert availability.network_name == 'sdk-net' and availability.total_ips > 0
    assert network.id in [each.network_id for each in net.network_ip_availabilities()]
    print('network_ip_availability ok', flush=True)
if 'agent' in aliases:
    for agent in net.agents():
        assert net.get_agent(agent.id).host == agent.host
        if agent.agent_type == 'DHCP agent':
            list(net.dhcp_agent_hosting_networks(agent))
            list(net.network_hosting_dhcp_agents(network))
    print('agent ok', flush=True)
if 'service-type' in aliases:
    list(net.service_providers())
    print('service_provider ok', flush=True)
list(net.availability_zones())
quota = net.get_quota(cloud.current_project_id)
assert net.update_quota(cloud.current_project_id, ports=quota.ports + 1).ports == quota.ports + 1
assert net.get_quota(cloud.current_project_id, details=True).ports['limit'] == quota.ports + 1
net.delete_quota(cloud.current_project_id)
print('quota ok', flush=True)

for kind, each in reversed(made):
    gone(kind, each)
print('all gone', flush=True)

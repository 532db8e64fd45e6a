#!/usr/bin/python3
"""Asks OpenStack's own policy code who may do what, and prints policy-matrix.json.

Needs Debian's python3-neutron (Zed): /usr/bin/python3 tests/conformance/policy-matrix.py > tests/conformance/policy-matrix.json
Nothing of a server runs: rules are asked one by one, of made-up callers about made-up objects.
"""
import json
import logging
import sys
import warnings

from neutron import policy
from neutron.conf import policies
from neutron_lib import context
from neutron_lib.api import attributes
from neutron_lib.api.definitions import address_group
from neutron_lib.api.definitions import address_scope
from neutron_lib.api.definitions import external_net
from oslo_config import cfg

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)

NEW_ROLES = ['admin', 'member', 'reader']
PERSONAS = {
    'admin': dict(project='p', roles=NEW_ROLES),
    'admin without the roles that it implies': dict(project='p', roles=['admin']),
    'manager': dict(project='p', roles=['manager', 'member', 'reader']),
    'member': dict(project='p', roles=['member', 'reader']),
    'reader': dict(project='p', roles=['reader']),
    'holder of an old role': dict(project='p', roles=['_member_']),
    'nobody in particular': dict(project='p', roles=[]),
    'advanced service': dict(project='p', roles=['advsvc']),
    'service': dict(project='p', roles=['service']),
    'data plane integrator': dict(project='p', roles=['data_plane_integrator']),
    'member of another project': dict(project='other', roles=['member', 'reader']),
    'system admin': dict(system='all', roles=NEW_ROLES),
    'system reader': dict(system='all', roles=['reader']),
    'domain admin': dict(domain='d', roles=NEW_ROLES),
    'domain member': dict(domain='d', roles=['member', 'reader']),
}


def target(owner, parent, **more):
    values = {
        'project_id': owner, 'tenant_id': owner, 'network_id': 'n', 'shared': False, 'router:external': False,
        'device_owner': 'compute:nova', 'target_tenant': 'x', 'target_project': 'x',
        'network:tenant_id': parent, 'security_group:tenant_id': parent, 'ext_parent:tenant_id': parent,
    }
    values.update(more)
    return values


TARGETS = {
    'own': target('p', 'p'),
    'own, on a network of others': target('p', 'q'),
    "another's": target('q', 'q'),
    "another's, on an own network": target('q', 'p'),
    "another's, shared": target('q', 'q', shared=True),
    "another's, external": target('q', 'q', **{'router:external': True}),
    'own, of the network service, on a network of others': target('p', 'q', device_owner='network:dhcp'),
    'own, for everybody': target('p', 'p', target_tenant='*', target_project='*'),
}
MODES = {
    'as installed': {},
    'enforce_new_defaults': {'enforce_new_defaults': True},
    'enforce_scope': {'enforce_scope': True},
    'both': {'enforce_new_defaults': True, 'enforce_scope': True},
}


def caller(project=None, roles=(), system=None, domain=None):
    return context.Context(user_id='u', tenant_id=project, roles=list(roles), system_scope=system, domain_id=domain)


def answers(rules):
    """Per rule the answers as one hexadecimal number: personas in order, and for each the targets in order."""
    contexts = [caller(**persona) for persona in PERSONAS.values()]
    found = {}
    for rule in rules:
        # A collection that nobody declared: only the rule itself is asked, not those of attributes.
        bits = ''.join('1' if policy.check(who, rule, dict(what), pluralized='no_such_collection') else '0'
                       for who in contexts for what in TARGETS.values())
        found[rule] = format(int(bits, 2), 'x').zfill(len(bits) // 4)
    return found


def declare():
    """The attributes that rules compare: how "True" is read is up to their declarations."""
    for extension in (address_group, address_scope, external_net):
        for collection, declared in extension.RESOURCE_ATTRIBUTE_MAP.items():
            attributes.RESOURCES.setdefault(collection, {}).update(declared)


def main():
    declare()
    cfg.CONF([], project='neutron', default_config_files=[], default_config_dirs=[])
    policy.init(policy_file='/nonexistent/policy.yaml')
    rules = [rule.name for rule in policies.list_rules()]
    matrix = {}
    for mode, options in MODES.items():
        for name in ('enforce_new_defaults', 'enforce_scope'):
            cfg.CONF.set_override(name, options.get(name, False), group='oslo_policy')
        policy.refresh(policy_file='/nonexistent/policy.yaml')
        matrix[mode] = answers(rules)
    rows = {rule: [matrix[mode][rule] for mode in MODES] for rule in rules}
    head = {'personas': PERSONAS, 'targets': TARGETS, 'modes': MODES}
    lines = [f' {json.dumps(name)}: {json.dumps(value)}' for name, value in head.items()]
    body = ',\n'.join(f'  {json.dumps(rule)}: {json.dumps(row)}' for rule, row in rows.items())
    sys.stdout.write('{\n' + ',\n'.join(lines) + ',\n "rules": {\n' + body + '\n }\n}\n')


if __name__ == '__main__':
    main()

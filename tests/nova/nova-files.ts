import { virtualKinds } from './virtual-kinds.ts';

export type VirtDriver = keyof typeof virtualKinds;

/** The services of this installation besides those of the example, each with its database and its user in Keystone, which has its name as password. */
export const SERVICES = { placement: ['placement'], glance: ['glance'], nova: ['nova_api', 'nova', 'nova_cell0'] } as const;

export const databaseUrl = (controller: string, name: string, user: string): string => `mysql+pymysql://${user}:${user}@${controller}/${name}?charset=utf8`;

const login = (controller: string, user: string): string => `auth_url = http://${controller}:5000/v3
auth_type = password
username = ${user}
password = ${user}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
`;

const tokens = (controller: string, user: string): string => `[keystone_authtoken]
www_authenticate_uri = http://${controller}:5000/v3
memcached_servers = ${controller}:11211
${login(controller, user)}`;

export function placementConf(controller: string): string {
  return `[api]
auth_strategy = keystone
[placement_database]
connection = ${databaseUrl(controller, 'placement', 'placement')}
${tokens(controller, 'placement')}`;
}

export function glanceConf(controller: string): string {
  const store = '/var/lib/glance';
  return `[DEFAULT]
bind_host = ${controller}
workers = 0
enabled_backends = fs:file
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = ${store}/images
[os_glance_staging_store]
filesystem_store_datadir = ${store}/staging
[os_glance_tasks_store]
filesystem_store_datadir = ${store}/tasks
[database]
connection = ${databaseUrl(controller, 'glance', 'glance')}
[paste_deploy]
flavor = keystone
config_file = /usr/share/glance-common/glance-api-paste.ini
${tokens(controller, 'glance')}`;
}

export interface NovaConfOptions {
  readonly controller: string;
  readonly address: string;
  /** What the example says in its own nova.conf. */
  readonly example: string;
  readonly driver: VirtDriver;
}

export function novaConf({ controller, address, example, driver }: NovaConfOptions): string {
  const privsep = 'helper_command = privsep-helper --config-file /etc/nova/nova.conf';
  return `[DEFAULT]
debug = true
transport_url = rabbit://openstack:openstack@${controller}
compute_driver = ${virtualKinds[driver].computeDriver}
enabled_apis = osapi_compute,metadata
osapi_compute_listen = ${controller}
osapi_compute_workers = 1
metadata_listen = ${controller}
metadata_workers = 1
state_path = /var/lib/nova
my_ip = ${address}
vif_plugging_is_fatal = true
vif_plugging_timeout = 120
[api_database]
connection = ${databaseUrl(controller, 'nova_api', 'nova')}
[database]
connection = ${databaseUrl(controller, 'nova', 'nova')}
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 2
[oslo_concurrency]
lock_path = /var/lib/nova/tmp
[glance]
api_servers = http://${controller}:9292
[placement]
${login(controller, 'placement')}
[libvirt]
virt_type = qemu
cpu_mode = none
connection_uri = qemu:///system
images_type = raw
[nova_sys_admin]
${privsep}
[vif_plug_linux_bridge_privileged]
${privsep}
[vif_plug_ovs_privileged]
${privsep}
[vnc]
enabled = false
[wsgi]
api_paste_config = /usr/share/nova-common/api-paste.ini
${tokens(controller, 'nova')}
${example}`;
}

/** No user of its own for qemu, no control groups: a host in namespaces has neither. */
export const LIBVIRT_FILES = {
  '/etc/libvirt/libvirtd.conf': 'auth_unix_ro = "none"\nauth_unix_rw = "none"\nlog_outputs = "2:stderr"\n',
  '/etc/libvirt/qemu.conf': 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\ncgroup_controllers = []\nnamespaces = []\nremember_owner = 0\nstdio_handler = "file"\n',
} as const;

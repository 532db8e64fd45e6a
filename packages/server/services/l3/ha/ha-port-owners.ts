/** The interfaces of a highly available router are at each of its agents. */
export const haInterfaceOwner = 'network:ha_router_replicated_interface';
/** The port by which the copy of such a router at one agent watches the others. */
export const haPortOwner = 'network:router_ha_interface';

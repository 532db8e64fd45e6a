/** Owners of ports that the network service makes for itself and that go with their network or subnet. */
export const autoDeletedOwners: readonly string[] = ['network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway'];

/** How routers are made highly available. */
export interface HaSettings {
  /** `l3_ha`: a router is where the request says nothing of it. */
  readonly isDefault: boolean;
  /** `max_l3_agents_per_router`; 0: as many as there are. */
  readonly maxAgentsPerRouter: number;
  /** `l3_ha_network_type` and `l3_ha_network_physical_name`; empty: as any network of a project. */
  readonly networkType: string;
  readonly physicalNetwork: string;
  /** `l3_ha_net_cidr`. */
  readonly cidr: string;
}

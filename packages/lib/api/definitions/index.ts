import type { ExtensionDeclaration } from '../attribute.ts';
import { addressGroup } from './address-group.ts';
import { addressScope } from './address-scope.ts';
import { agent } from './agent.ts';
import { agentResourcesSynced } from './agent-resources-synced.ts';
import { allowedAddressPairs } from './allowed-address-pairs.ts';
import { autoAllocatedTopology } from './auto-allocated-topology.ts';
import { availabilityZone } from './availability-zone.ts';
import { availabilityZoneFilter } from './availability-zone-filter.ts';
import { bindingExtended } from './binding-extended.ts';
import { dataPlaneStatus } from './data-plane-status.ts';
import { defaultSubnetpools } from './default-subnetpools.ts';
import { dhcpAgentScheduler } from './dhcp-agent-scheduler.ts';
import { dnsDomainPorts } from './dns-domain-ports.ts';
import { dnsIntegration } from './dns-integration.ts';
import { dnsIntegrationDomainKeywords } from './dns-integration-domain-keywords.ts';
import { emptyStringFiltering } from './empty-string-filtering.ts';
import { enableDefaultRouteEcmp } from './enable-default-route-ecmp.ts';
import { exposeL3ConntrackHelper } from './expose-l3-conntrack-helper.ts';
import { exposePortForwardingInFip } from './expose-port-forwarding-in-fip.ts';
import { externalGatewayMultihoming } from './external-gateway-multihoming.ts';
import { externalNet } from './external-net.ts';
import { extraDhcpOpt } from './extra-dhcp-opt.ts';
import { extGwMode } from './ext-gw-mode.ts';
import { extraroute } from './extraroute.ts';
import { extrarouteAtomic } from './extraroute-atomic.ts';
import { filterValidation } from './filter-validation.ts';
import { fipPortDetails } from './fip-port-details.ts';
import { flavors } from './flavors.ts';
import { floatingIpPortForwarding } from './floating-ip-port-forwarding.ts';
import { floatingIpPortForwardingDescription } from './floating-ip-port-forwarding-description.ts';
import { floatingIpPortForwardingDetail } from './floating-ip-port-forwarding-detail.ts';
import { floatingIpPortForwardingPortRanges } from './floating-ip-port-forwarding-port-ranges.ts';
import { floatingipPools } from './floatingip-pools.ts';
import { ipSubstringFiltering } from './ip-substring-filtering.ts';
import { l3AgentScheduler } from './l3-agent-scheduler.ts';
import { l3ConntrackHelper } from './l3-conntrack-helper.ts';
import { l3Flavors } from './l3-flavors.ts';
import { l3Ha } from './l3-ha.ts';
import { l3PortIpChangeNotAllowed } from './l3-port-ip-change-not-allowed.ts';
import { multiProvider } from './multi-provider.ts';
import { netMtu } from './net-mtu.ts';
import { netMtuWritable } from './net-mtu-writable.ts';
import { network } from './network.ts';
import { networkAvailabilityZone } from './network-availability-zone.ts';
import { networkIpAvailability } from './network-ip-availability.ts';
import { pagination } from './pagination.ts';
import { port } from './port.ts';
import { portDeviceProfile } from './port-device-profile.ts';
import { portMacAddressRegenerate } from './port-mac-address-regenerate.ts';
import { portMacOverride } from './port-mac-override.ts';
import { portNumaAffinityPolicy } from './port-numa-affinity-policy.ts';
import { portSecurity } from './port-security.ts';
import { portSecurityGroupsFiltering } from './port-security-groups-filtering.ts';
import { portbindings } from './portbindings.ts';
import { projectId } from './project-id.ts';
import { providerNet } from './provider-net.ts';
import { quotaCheckLimit } from './quota-check-limit.ts';
import { quotaDetails } from './quota-details.ts';
import { quotas } from './quotas.ts';
import { rbacAddressGroup } from './rbac-address-group.ts';
import { rbacAddressScope } from './rbac-address-scope.ts';
import { rbacPolicies } from './rbac-policies.ts';
import { rbacSecurityGroups } from './rbac-security-groups.ts';
import { rbacSubnetpool } from './rbac-subnetpool.ts';
import { revisionIfMatch } from './revision-if-match.ts';
import { router } from './router.ts';
import { routerAvailabilityZone } from './router-availability-zone.ts';
import { routerServiceType } from './router-service-type.ts';
import { securityGroup } from './security-group.ts';
import { securityGroupsNormalizedCidr } from './security-groups-normalized-cidr.ts';
import { securityGroupsRemoteAddressGroup } from './security-groups-remote-address-group.ts';
import { securityGroupsSharedFiltering } from './security-groups-shared-filtering.ts';
import { serviceType } from './service-type.ts';
import { sortKeyValidation } from './sort-key-validation.ts';
import { sorting } from './sorting.ts';
import { standardAttrDescription } from './standard-attr-description.ts';
import { standardAttrRevisions } from './standard-attr-revisions.ts';
import { standardAttrTag } from './standard-attr-tag.ts';
import { standardAttrTimestamp } from './standard-attr-timestamp.ts';
import { statefulSecurityGroup } from './stateful-security-group.ts';
import { subnet } from './subnet.ts';
import { subnetAllocation } from './subnet-allocation.ts';
import { subnetDnsPublishFixedIp } from './subnet-dns-publish-fixed-ip.ts';
import { subnetExternalNetwork } from './subnet-external-network.ts';
import { subnetOnboard } from './subnet-onboard.ts';
import { subnetServiceTypes } from './subnet-service-types.ts';
import { subnetpool } from './subnetpool.ts';
import { subnetpoolPrefixOps } from './subnetpool-prefix-ops.ts';
import { tag } from './tag.ts';
import { tagPortsDuringBulkCreation } from './tag-ports-during-bulk-creation.ts';
import { uplinkStatusPropagation } from './uplink-status-propagation.ts';
import { vlanTransparent } from './vlan-transparent.ts';

/** Every extension that works. A new one is a file beside this and a line here. */
export const extensions: readonly ExtensionDeclaration[] = [
  addressGroup,
  addressScope,
  agent,
  agentResourcesSynced,
  allowedAddressPairs,
  autoAllocatedTopology,
  availabilityZone,
  availabilityZoneFilter,
  bindingExtended,
  dataPlaneStatus,
  defaultSubnetpools,
  dhcpAgentScheduler,
  dnsDomainPorts,
  dnsIntegration,
  dnsIntegrationDomainKeywords,
  emptyStringFiltering,
  enableDefaultRouteEcmp,
  exposeL3ConntrackHelper,
  exposePortForwardingInFip,
  externalGatewayMultihoming,
  externalNet,
  extraDhcpOpt,
  extGwMode,
  extraroute,
  extrarouteAtomic,
  filterValidation,
  fipPortDetails,
  flavors,
  floatingIpPortForwarding,
  floatingIpPortForwardingDescription,
  floatingIpPortForwardingDetail,
  floatingIpPortForwardingPortRanges,
  floatingipPools,
  ipSubstringFiltering,
  l3AgentScheduler,
  l3ConntrackHelper,
  l3Flavors,
  l3Ha,
  l3PortIpChangeNotAllowed,
  multiProvider,
  netMtu,
  netMtuWritable,
  network,
  networkAvailabilityZone,
  networkIpAvailability,
  pagination,
  port,
  portDeviceProfile,
  portMacAddressRegenerate,
  portMacOverride,
  portNumaAffinityPolicy,
  portSecurity,
  portSecurityGroupsFiltering,
  portbindings,
  projectId,
  providerNet,
  quotaCheckLimit,
  quotaDetails,
  quotas,
  rbacAddressGroup,
  rbacAddressScope,
  rbacPolicies,
  rbacSecurityGroups,
  rbacSubnetpool,
  revisionIfMatch,
  router,
  routerAvailabilityZone,
  routerServiceType,
  securityGroup,
  securityGroupsNormalizedCidr,
  securityGroupsRemoteAddressGroup,
  securityGroupsSharedFiltering,
  serviceType,
  sortKeyValidation,
  sorting,
  standardAttrDescription,
  standardAttrRevisions,
  standardAttrTag,
  standardAttrTimestamp,
  statefulSecurityGroup,
  subnet,
  subnetAllocation,
  subnetDnsPublishFixedIp,
  subnetExternalNetwork,
  subnetOnboard,
  subnetServiceTypes,
  subnetpool,
  subnetpoolPrefixOps,
  tag,
  tagPortsDuringBulkCreation,
  uplinkStatusPropagation,
  vlanTransparent,
];

import type { Attribute, ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { dnsDomain, dnsName, relativeDnsName, toLowerCase } from '../dns-name.ts';

export const dnsDomainAttribute: Attribute = { type: 'string', allowPost: true, allowPut: true, default: '', validate: dnsDomain, convertTo: toLowerCase, isVisible: true };

export const dnsIntegration: ExtensionDeclaration = defineExtension({
  alias: 'dns-integration',
  name: 'DNS Integration',
  description: 'Names of ports and domains of networks.',
  updated: '2015-08-15T18:00:00-00:00',
  extends: {
    networks: { dns_domain: { ...dnsDomainAttribute, description: 'the domain of its ports, for an outside DNS service' } },
    floatingips: {
      dns_name: { ...dnsDomainAttribute, allowPut: false, validate: relativeDnsName, description: 'its name, for an outside DNS service' },
      dns_domain: { ...dnsDomainAttribute, allowPut: false, description: 'the domain of its name' },
    },
    ports: {
      dns_name: { ...dnsDomainAttribute, validate: dnsName, description: 'its name within the domain of the cloud' },
      dns_assignment: readOnly('array', 'the names of its addresses, as objects of ip_address, hostname and fqdn'),
    },
  },
});

import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { dnsDomainAttribute } from './dns-integration.ts';

export const dnsDomainPorts: ExtensionDeclaration = defineExtension({
  alias: 'dns-domain-ports',
  name: 'dns_domain for ports',
  description: 'Ports with a domain of their own.',
  updated: '2017-04-24T10:00:00-00:00',
  requires: ['dns-integration'],
  extends: { ports: { dns_domain: { ...dnsDomainAttribute, description: "its domain for an outside DNS service, in place of its network's" } } },
});

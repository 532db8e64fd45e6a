import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const dnsIntegrationDomainKeywords: ExtensionDeclaration = defineExtension({
  alias: 'dns-integration-domain-keywords',
  name: 'DNS domain names with keywords allowed',
  description: 'Domains in which <project_id>, <project_name>, <user_id> and <user_name> stand for who asks.',
  updated: '2020-06-15T18:00:00-00:00',
  requires: ['dns-integration'],
});

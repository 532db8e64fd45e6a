import { longestName } from '@neutrino/lib/api/dns-name';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { AttributeColumn, ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import { booleanColumn } from './attribute-column.ts';
import { objectsOf, optionalList, textOf } from '../request-values.ts';
import type { Ml2Settings } from '../settings.ts';

/** The default of `[DEFAULT] dns_domain`: as long as it stands, ports have no names of their own. */
const nobodysDomain = 'openstacklocal.';

/**
 * Names of ports. Each driver offers what the one before offers and more; without a DNS service outside, what they
 * differ in is only kept and shown.
 */
export function createDnsDriver(settings: Ml2Settings): ExtensionDriver<Tx> {
  const domain = wholeDomain(settings.dnsDomain);
  const named = domain !== '' && domain !== nobodysDomain;
  return {
    aliases: ['dns-integration'],
    columns: { networks: [nameColumn('dns_domain', true)], ports: [nameColumn('dns_name', named)] },
    check(collection, body) {
      if (collection === 'ports' && named) checkFits(textOf(body, 'dns_name', ''), settings.dnsDomain);
    },
    derive(collection, view) {
      return collection === 'ports' ? { dns_assignment: assignments(view, domain, named) } : {};
    },
  };
}

export function createDnsDomainPortsDriver(settings: Ml2Settings): ExtensionDriver<Tx> {
  const base = createDnsDriver(settings);
  const domain = wholeDomain(settings.dnsDomain);
  const ports = [...(base.columns?.ports ?? []), nameColumn('dns_domain', domain !== '' && domain !== nobodysDomain)];
  return { ...base, aliases: [...base.aliases, 'dns-domain-ports'], columns: { ...base.columns, ports } };
}

export function createSubnetDnsPublishDriver(settings: Ml2Settings): ExtensionDriver<Tx> {
  const base = createDnsDomainPortsDriver(settings);
  return { ...base, aliases: [...base.aliases, 'subnet-dns-publish-fixed-ip'], columns: { ...base.columns, subnets: [booleanColumn('dns_publish_fixed_ip')] } };
}

export function createDnsDomainKeywordsDriver(settings: Ml2Settings): ExtensionDriver<Tx> {
  const base = createSubnetDnsPublishDriver(settings);
  return { ...base, aliases: [...base.aliases, 'dns-integration-domain-keywords'] };
}

/** Where names mean nothing they are not kept either. */
function nameColumn(attribute: string, kept: boolean): AttributeColumn {
  return { attribute, column: attribute, toColumn: (value) => (kept ? String(value) : ''), toAttribute: (stored) => (typeof stored === 'string' ? stored : '') };
}

function wholeDomain(domain: string): string {
  return domain === '' || domain.endsWith('.') ? domain : `${domain}.`;
}

/** What each address of a port is called: by the port's name, or else by the address itself. */
function assignments(port: JsonObject, domain: string, named: boolean): Json {
  const name = named ? textOf(port, 'dns_name', '') : '';
  return objectsOf(optionalList(port, 'fixed_ips') ?? []).map((fixedIp) => {
    const ip_address = textOf(fixedIp, 'ip_address', '');
    const hostname = name === '' ? `host-${ip_address.replaceAll(/[.:]/g, '-')}` : name;
    const fqdn = hostname.endsWith('.') || domain === '' ? hostname : `${hostname}.${domain}`;
    return { ip_address, hostname, fqdn };
  });
}

/** A name must be whole with the domain of the cloud, or become so by it. */
function checkFits(name: string, configured: string): void {
  if (name === '') return;
  const domain = wholeDomain(configured);
  const labels = `.${domain}`;
  if (!name.endsWith('.')) {
    if (name.length + labels.length <= longestName) return;
    refuse(
      `The dns_name passed is a PQDN and its size is '${name.length}'. The dns_domain option in neutron.conf is set to ${configured}, with a length of '${labels.length}'. ` +
        `When the two are concatenated to form a FQDN (with a '.' at the end), the resulting length exceeds the maximum size of '${longestName}'`,
    );
  }
  if (name.length > labels.length && name.toLowerCase().endsWith(labels.toLowerCase())) return;
  refuse(
    `The dns_name passed is a FQDN. Its higher level labels must be equal to the dns_domain option in neutron.conf, that has been set to '${configured}'. ` +
      `It must also include one or more valid DNS labels to the left of '${configured}'`,
  );
}

function refuse(reason: string): never {
  throw new NeutronError(HTTPBadRequest, { message: `Invalid input for dns_name. Reason: ${reason}.` });
}

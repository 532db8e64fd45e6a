import { show } from '@neutrino/lib/api/converters';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';

const most = 10_000;

/** The addresses in the body of add_addresses and remove_addresses, as prefixes without host bits, each once. An address without a length is one of full length. */
export function addressesInBody(body: Json | undefined): readonly string[] {
  const addresses = isJsonObject(body) && Object.hasOwn(body, 'addresses') ? body['addresses'] : undefined;
  if (!Array.isArray(addresses) || addresses.length > most) throw badRequest(`The request body needs 'addresses', a list of at most ${most}`);
  return prefixesOf(addresses);
}

export function prefixesOf(addresses: readonly Json[]): readonly string[] {
  const prefixes = addresses.map((address) => {
    const cidr = typeof address === 'string' ? parseCidr(address) : undefined;
    if (cidr === undefined) throw badRequest(`invalid IPNetwork ${show(address)}`);
    return formatCidr(cidr);
  });
  return [...new Set(prefixes)];
}

function badRequest(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}

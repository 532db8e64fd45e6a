import { HTTPBadRequest } from '../exceptions/generic.ts';
import { NeutronError } from '../exceptions/neutron-error.ts';
import { AllowedAddressPairsMissingIP } from '../exceptions/port.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Converter } from './attribute.ts';
import { show, toMac } from './converters.ts';
import { mac, unicastIpOrSubnet } from './validators.ts';

/** Allowed address pairs. What is wrong with them Neutron says without the attribute's name, and clients may look for that. */
export const toAddressPairs: Converter = (value) => {
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalid('Allowed address pairs must be a list.');
  return value.map(toPair);
};

function toPair(pair: Json): JsonObject {
  if (!isJsonObject(pair)) throw invalid(`Invalid data format for allowed address pair: '${show(pair)}'`);
  const { ip_address: address, mac_address: macAddress } = pair;
  if (address === undefined) throw new NeutronError(AllowedAddressPairsMissingIP);
  const wrongMac = macAddress === undefined || macAddress === null ? undefined : mac(macAddress);
  if (wrongMac !== undefined) throw invalid(wrongMac);
  const unknown = Object.keys(pair).filter((name) => name !== 'ip_address' && name !== 'mac_address');
  if (unknown.length > 0) throw invalid(`Unrecognized attribute(s) '${unknown.slice(0, 10).map((name) => show(name)).join(', ')}'`);
  if (unicastIpOrSubnet(address) !== undefined) throw invalid(`'${show(address)}' is not a valid IP ${show(address).includes('/') ? 'subnet' : 'address'}`);
  return macAddress === undefined ? pair : { ...pair, mac_address: toMac(macAddress) };
}

function invalid(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}

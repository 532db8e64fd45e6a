import { uuid } from '@neutrino/lib/api/validators';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import { badRequest } from '../attached-subnets.ts';

/** The body of add_router_interface and remove_router_interface: at least one of the two. */
export interface InterfaceRequest {
  readonly portId: string | undefined;
  readonly subnetId: string | undefined;
}

/** Throws BadRequest. */
export function interfaceIn(body: Json | undefined): InterfaceRequest {
  const given = isJsonObject(body) ? body : {};
  const [portId, subnetId] = ['port_id', 'subnet_id'].map((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const wrong = value === undefined ? undefined : uuid(value);
    if (wrong !== undefined) throw badRequest(wrong);
    return value === undefined ? undefined : String(value);
  });
  if (portId === undefined && subnetId === undefined) throw badRequest('Either subnet_id or port_id must be specified');
  return { portId, subnetId };
}

import type { MessageContext, Transport } from '@neutrino/lib/rpc/messaging';

/** A transport by which an agent speaks as Neutron's agents do: for the whole cloud, each message a request of its own. */
export function actAsAdmin(transport: Transport): Transport {
  const withAdmin = (context: MessageContext): MessageContext => ({
    user_id: null,
    project_id: null,
    tenant_id: null,
    is_admin: true,
    roles: ['admin'],
    request_id: `req-${crypto.randomUUID()}`,
    global_request_id: null,
    ...context,
  });
  return {
    ...transport,
    call: (context, target, method, args, options) => transport.call(withAdmin(context), target, method, args, options),
    cast: (context, target, method, args) => transport.cast(withAdmin(context), target, method, args),
  };
}

import type { JsonObject } from '@neutrino/lib/json';
import { sql } from 'kysely';
import type { IdentityDb } from './identity-database.ts';

/**
 * The catalogue of a token: enabled services with their enabled endpoints, both in order of creation, which
 * is the order in which clients prefer them. `%(project_id)s` and its kin in URLs are filled in; an endpoint whose URL asks for what the
 * scope lacks is left out.
 */
export async function catalogFor(db: IdentityDb, scope: { readonly userId: string; readonly projectId?: string }): Promise<readonly JsonObject[]> {
  const services = await db.selectFrom('services').select(['id', 'type', 'name']).where('enabled', '=', 1).orderBy(sql.ref('seq')).execute();
  const endpoints = await db.selectFrom('endpoints').select(['id', 'service_id', 'interface', 'region_id', 'url']).where('enabled', '=', 1).orderBy(sql.ref('seq')).execute();
  return services.map((service) => ({
    ...service,
    endpoints: endpoints
      .filter(({ service_id }) => service_id === service.id)
      .flatMap(({ id, interface: face, region_id, url }) => {
        const filled = fillUrl(url, scope);
        return filled === undefined ? [] : [{ id, interface: face, region_id, region: region_id, url: filled }];
      }),
  }));
}

function fillUrl(url: string, { userId, projectId }: { readonly userId: string; readonly projectId?: string }): string | undefined {
  let complete = true;
  const values: Readonly<Record<string, string | undefined>> = { user_id: userId, project_id: projectId, tenant_id: projectId };
  const filled = url.replace(/[%$]\((\w+)\)s/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) complete = false;
    return value ?? '';
  });
  return complete ? filled : undefined;
}

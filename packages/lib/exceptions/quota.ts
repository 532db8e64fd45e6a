import type { ErrorKind } from './neutron-error.ts';

export const OverQuota: ErrorKind = { type: 'OverQuota', status: 409, message: 'Quota exceeded for resources: %(overs)s.' };
export const QuotaMissingTenant: ErrorKind = { type: 'QuotaMissingTenant', status: 400, message: 'Tenant-id was missing from quota request.' };
export const TenantQuotaNotFound: ErrorKind = { type: 'TenantQuotaNotFound', status: 404, message: 'Quota for tenant %(tenant_id)s could not be found.' };

import type { ErrorKind } from './neutron-error.ts';

export const OverQuota: ErrorKind = { type: 'OverQuota', status: 409, message: 'Quota exceeded for resources: %(overs)s.' };
export const QuotaResourceUnknown: ErrorKind = { type: 'QuotaResourceUnknown', status: 404, message: 'Unknown quota resources %(unknown)s.' };
export const TenantQuotaNotFound: ErrorKind = { type: 'TenantQuotaNotFound', status: 404, message: 'Quota for tenant %(tenant_id)s could not be found.' };
export const InvalidQuotaValue: ErrorKind = { type: 'InvalidQuotaValue', status: 409, message: 'Change would make usage less than 0 for the following resources: %(unders)s.' };

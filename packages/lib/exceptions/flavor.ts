import type { ErrorKind } from './neutron-error.ts';

export const FlavorNotFound: ErrorKind = { type: 'FlavorNotFound', status: 404, message: 'Flavor %(flavor_id)s could not be found.' };
export const FlavorInUse: ErrorKind = { type: 'FlavorInUse', status: 409, message: 'Flavor %(flavor_id)s is used by some service instance.' };
export const InvalidServiceType: ErrorKind = { type: 'InvalidServiceType', status: 400, message: 'Invalid service type: %(service_type)s.' };
export const ServiceProfileNotFound: ErrorKind = { type: 'ServiceProfileNotFound', status: 404, message: 'Service Profile %(sp_id)s could not be found.' };
export const ServiceProfileInUse: ErrorKind = { type: 'ServiceProfileInUse', status: 409, message: 'Service Profile %(sp_id)s is used by some service instance.' };
export const ServiceProfileEmpty: ErrorKind = { type: 'ServiceProfileEmpty', status: 400, message: 'Service Profile needs either a driver or metainfo.' };
export const ServiceProfileDisabled: ErrorKind = { type: 'ServiceProfileDisabled', status: 503, message: 'Service Profile is not enabled.' };
export const ServiceProfileDriverNotFound: ErrorKind = { type: 'ServiceProfileDriverNotFound', status: 404, message: 'Service Profile driver %(driver)s could not be found.' };
export const FlavorServiceProfileBindingExists: ErrorKind = {
  type: 'FlavorServiceProfileBindingExists', status: 409, message: 'Service Profile %(sp_id)s is already associated with flavor %(fl_id)s.',
};
export const FlavorServiceProfileBindingNotFound: ErrorKind = {
  type: 'FlavorServiceProfileBindingNotFound', status: 404, message: 'Service Profile %(sp_id)s is not associated with flavor %(fl_id)s.',
};

import type { ErrorKind } from './neutron-error.ts';

export const BadRequest: ErrorKind = { type: 'BadRequest', status: 400, message: 'Bad %(resource)s request: %(msg)s.' };
export const InvalidInput: ErrorKind = { type: 'InvalidInput', status: 400, message: 'Invalid input for operation: %(error_message)s.' };
export const NotAuthorized: ErrorKind = { type: 'NotAuthorized', status: 403, message: 'Not authorized.' };
export const HTTPBadRequest: ErrorKind = { type: 'HTTPBadRequest', status: 400, message: '%(message)s' };
export const HTTPNotFound: ErrorKind = { type: 'HTTPNotFound', status: 404, message: 'The resource could not be found.' };
export const HTTPMethodNotAllowed: ErrorKind = { type: 'HTTPMethodNotAllowed', status: 405, message: 'The method %(method)s is not allowed for this resource.' };
export const HTTPRequestEntityTooLarge: ErrorKind = { type: 'HTTPRequestEntityTooLarge', status: 413, message: 'The request body is larger than %(limit)s bytes.' };
export const HTTPUnsupportedMediaType: ErrorKind = { type: 'HTTPUnsupportedMediaType', status: 415, message: 'The content type %(content_type)s is not supported: send application/json.' };
export const HTTPInternalServerError: ErrorKind = { type: 'HTTPInternalServerError', status: 500, message: 'Request failed: internal server error while processing your request.' };
export const ServiceUnavailable: ErrorKind = { type: 'ServiceUnavailable', status: 503, message: 'The service is unavailable.' };
export const RevisionNumberConstraintFailed: ErrorKind = { type: 'RevisionNumberConstraintFailed', status: 412, message: 'Constrained to %(expected)s, but current revision is %(current)s' };
export const ExtensionNotFound: ErrorKind = { type: 'ExtensionNotFound', status: 404, message: 'Extension with alias %(alias)s does not exist' };
export const TagResourceNotFound: ErrorKind = { type: 'TagResourceNotFound', status: 404, message: 'Resource %(resource)s %(resource_id)s could not be found.' };
export const TagNotFound: ErrorKind = { type: 'TagNotFound', status: 404, message: 'Tag %(tag)s could not be found.' };
export const InvalidAllocationPool: ErrorKind = { type: 'InvalidAllocationPool', status: 400, message: 'The allocation pool %(pool)s is not valid.' };

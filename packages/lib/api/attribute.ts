import type { Json, JsonObject } from '../json.ts';

/**
 * The vocabulary of neutron-lib's attribute maps. A resource is one declaration; routes, validation,
 * conversion, filters, sorting, paging, `fields`, response shape, CLI and documentation come from it.
 */

/** Marks an attribute that the request left out and that has no default. Never equal to null. */
export const ATTR_NOT_SPECIFIED: unique symbol = Symbol.for('neutrino.ATTR_NOT_SPECIFIED');
export type NotSpecified = typeof ATTR_NOT_SPECIFIED;

/** Returns undefined when `value` is right, otherwise the sentence that says what is wrong. */
export interface Validator {
  (value: Json): string | undefined;
  /** The same in JSON Schema, as far as that can say it and in the form that clients should send; the API's document is made of it. */
  readonly schema?: JsonObject;
}
/** Turns an accepted value into its stored form; throws InvalidInput when it cannot. Idempotent. */
export type Converter = (value: Json) => Json;

export interface Attribute {
  readonly allowPost: boolean;
  readonly allowPut: boolean;
  /** Value when POST leaves it out. Absent: required in POST (if allowPost). */
  readonly default?: Json | NotSpecified;
  /** Sees the value after its conversion. */
  readonly validate?: Validator;
  /** Sees any JSON value, as it was given: what it cannot convert it leaves to `validate`, or throws. Filters are converted too. */
  readonly convertTo?: Converter;
  /** In responses. */
  readonly isVisible: boolean;
  readonly isFilter?: boolean;
  readonly isSortKey?: boolean;
  readonly primaryKey?: boolean;
  /** Read for every policy check of the resource, even when the request asks for other fields. */
  readonly requiredByPolicy?: boolean;
  /** The rule `<action>_<resource>:<attribute>` applies when the request gives a non-default value. */
  readonly enforcePolicy?: boolean;
  /** JSON type, for documentation, OpenAPI and the CLI's columns. */
  readonly type: 'string' | 'boolean' | 'integer' | 'object' | 'array';
  readonly description?: string;
}

export type AttributeMap = Readonly<Record<string, Attribute>>;

export interface ResourceDeclaration {
  /** Name in URLs and bodies, e.g. `security-groups` in the URL is collection `security_groups`. */
  readonly collection: string;
  readonly resource: string;
  readonly attributes: AttributeMap;
  /** Path prefix where it is not /v2.0/<collection>, e.g. a parent. */
  readonly parent?: { readonly collection: string; readonly resource: string };
  readonly operations?: readonly ('create' | 'show' | 'list' | 'update' | 'delete')[];
}

/**
 * A route that no resource's declaration makes: an action on one object (`add_prefixes`), a list of what hangs on it
 * (`dhcp-agents`), quotas, tags. Its handler is written by hand; the declaration is what documents and clients know of it.
 */
export interface RouteDeclaration {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /v2.0, parameters in braces: `/quotas/{project_id}/details`. */
  readonly path: string;
  /** A name that no other operation has, verb first: `show_quota_details`. */
  readonly operation: string;
  /** The collection that it is shown with. */
  readonly collection: string;
  readonly summary: string;
  /** JSON Schema of the request's body; absent where there is none. */
  readonly request?: JsonObject;
  readonly status: 200 | 201 | 204;
  /** JSON Schema of what a success answers; absent where it answers nothing. `routes.ts` has the usual forms. */
  readonly answer?: JsonObject;
}

/** One API extension (or the core): new resources, and attributes added to resources of others. */
export interface ExtensionDeclaration {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
  /** ISO 8601, as clients see it in /v2.0/extensions. */
  readonly updated: string;
  /** The core (network, subnet, port) is not listed in /v2.0/extensions. */
  readonly core?: boolean;
  readonly requires?: readonly string[];
  readonly resources?: readonly ResourceDeclaration[];
  /** collection → attributes added to it. */
  readonly extends?: Readonly<Record<string, AttributeMap>>;
  readonly routes?: readonly RouteDeclaration[];
}

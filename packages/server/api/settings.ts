/** What the API is told by the configuration. */
export interface ApiSettings {
  /** `pagination_max_limit`; undefined: no limit. */
  readonly paginationMaxLimit?: number;
  /** Largest request body, bytes; no option sets it. */
  readonly maxBodyBytes: number;
}

export const defaultApiSettings: ApiSettings = { maxBodyBytes: 1_048_576 };

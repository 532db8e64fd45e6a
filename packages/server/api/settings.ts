import type { CorsSettings } from './cors.ts';

/** What the API is told by the configuration. */
export interface ApiSettings {
  /** `pagination_max_limit`; undefined: no limit. */
  readonly paginationMaxLimit?: number;
  /** `filter_validation`: filters that do not exist are refused, not overlooked. */
  readonly filterValidation: boolean;
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** A proxy says how clients reach the server. */
  readonly isBehindProxy?: boolean;
  readonly cors?: CorsSettings;
}

export const defaultApiSettings: ApiSettings = { filterValidation: true, maxBodyBytes: 1_048_576 };

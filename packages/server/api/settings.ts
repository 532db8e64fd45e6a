import type { CorsSettings } from './cors.ts';

/** What the API is told by the configuration. */
export interface ApiSettings {
  /** `pagination_max_limit`; undefined: no limit. */
  readonly paginationMaxLimit?: number;
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** A proxy says how clients reach the server. */
  readonly isBehindProxy?: boolean;
  readonly cors?: CorsSettings;
}

export const defaultApiSettings: ApiSettings = { maxBodyBytes: 1_048_576 };

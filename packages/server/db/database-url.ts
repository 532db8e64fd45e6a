import { resolve } from 'node:path';

interface DatabaseOptions {
  readonly database: { readonly connection: string | null };
  readonly DEFAULT: { readonly state_path: string };
}

/** `[database] connection`; without it, an SQLite file in `state_path`. */
export function databaseUrl(config: DatabaseOptions): string {
  return config.database.connection ?? `sqlite:///${resolve(config.DEFAULT.state_path, 'neutron.sqlite')}`;
}

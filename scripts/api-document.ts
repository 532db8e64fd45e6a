import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { openApiDocument } from '@neutrino/lib/api/openapi/document';

/** Where the API's document is kept, with every extension that there is. */
export const apiDocumentFile: string = join(import.meta.dirname, '../docs/openapi.json');

/** What that file should hold. */
export function apiDocument(): string {
  return `${JSON.stringify(openApiDocument(buildApi(extensions)), null, 1)}\n`;
}

if (import.meta.main) writeFileSync(apiDocumentFile, apiDocument());

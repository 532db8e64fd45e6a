import type { FastifyInstance } from 'fastify';

/** What one check found, in oslo.middleware's terms. */
export interface HealthResult {
  readonly available: boolean;
  /** "OK", "DISABLED BY FILE" … */
  readonly reason: string;
  readonly details: string;
}

/** Never rejects. */
export type HealthCheck = () => Promise<HealthResult>;

export interface HealthSettings {
  readonly checks: readonly HealthCheck[];
  /** [healthcheck] detailed. */
  readonly isDetailed: boolean;
}

/**
 * GET and HEAD of /healthcheck, without a token, for load balancers: 200 (HEAD: 204) or 503, as text, HTML or JSON by
 * Accept.
 */
export function addHealthcheckRoutes(app: FastifyInstance, { checks, isDetailed }: HealthSettings): void {
  const results = (): Promise<readonly HealthResult[]> => Promise.all(checks.map((check) => check()));
  const isHealthy = (found: readonly HealthResult[]): boolean => found.every(({ available }) => available);
  app.head('/healthcheck', async (_request, reply) => reply.code(isHealthy(await results()) ? 204 : 503).send());
  app.get('/healthcheck', async (request, reply) => {
    const found = await results();
    const type = preferred(request.headers.accept ?? '*/*');
    return reply.code(isHealthy(found) ? 200 : 503).type(`${type}; charset=UTF-8`).send(forms[type](found, isDetailed));
  });
}

type Form = (results: readonly HealthResult[], isDetailed: boolean) => string;

const forms = {
  'text/plain': (results) => results.map(({ reason }) => reason).join('\n'),
  'text/html': html,
  'application/json': (results, isDetailed) =>
    JSON.stringify(
      isDetailed
        ? { detailed: true, now: new Date().toISOString(), platform: `${process.platform} ${process.arch}`, node_version: process.version, reasons: results.map(({ reason, details }) => ({ class: 'HealthcheckResult', details, reason })) }
        : { detailed: false, reasons: results.map(({ reason }) => reason) },
      undefined,
      4,
    ),
} as const satisfies Readonly<Record<string, Form>>;

type MediaType = keyof typeof forms;

/** The type that the client likes best; text where it likes none of them, as an error would say something else. */
function preferred(accept: string): MediaType {
  const ranges = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return { name, quality: Number.isNaN(quality) ? 0 : quality };
  });
  const qualityOf = (type: string): number => {
    const fitting = [type, `${type.split('/')[0]}/*`, '*/*'].map((name) => ranges.find((range) => range.name === name)).find((range) => range !== undefined);
    return fitting?.quality ?? 0;
  };
  const offers: readonly MediaType[] = ['text/plain', 'text/html', 'application/json'];
  const best = offers.toSorted((a, b) => qualityOf(b) - qualityOf(a))[0];
  return best ?? 'text/plain';
}

function html(results: readonly HealthResult[], isDetailed: boolean): string {
  const cells = (tag: string, texts: readonly string[]): string => texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('');
  const head = cells('TH', isDetailed ? ['Kind', 'Reason', 'Details'] : ['Reason']);
  const rows = results.map(({ reason, details }) => `<TR>${cells('TD', isDetailed ? ['HealthcheckResult', reason, details] : [reason])}</TR>`);
  return `<HTML>
<HEAD><TITLE>Healthcheck Status</TITLE></HEAD>
<BODY>
<H2>Result of ${results.length} checks:</H2>
<TABLE bgcolor="#ffffff" border="1">
<TBODY>
<TR>${head}</TR>
${rows.join('\n')}
</TBODY>
</TABLE>
</BODY>
</HTML>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

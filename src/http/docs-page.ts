import swaggerUi from '@fastify/swagger-ui';
import type { Http } from './build-http.ts';

/** All that the page needs comes from here; the pictures in its style sheet are written into it (`data:`). */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** A page at `/docs` on which the description of the API can be read, and tried with a token that is typed in there and kept nowhere. */
export async function docsPage(http: Http): Promise<void> {
  await http.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Leaver API' },
    staticCSP: POLICY,
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', defaultModelsExpandDepth: 0, persistAuthorization: false, tagsSorter: 'alpha' },
  });
}

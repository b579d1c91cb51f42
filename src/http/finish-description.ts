import { STATUS_CODES } from 'node:http';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { PROBLEM_JSON } from './problem.ts';

type Transform = typeof jsonSchemaTransformObject;

/** A body that is described and not validated: its bytes are proven first, and read by hand afterwards. */
export interface DescribedBody {
  readonly description: string;
  readonly contentType: string;
  readonly schema: object;
  readonly example: unknown;
}

/** For the schema of a route that reads raw bytes. */
export function describeBody(body: DescribedBody): { readonly 'x-request-body': DescribedBody } {
  return { 'x-request-body': body };
}

interface Answer {
  description: string;
  content?: Record<string, { schema?: { $ref?: string } }>;
}

interface Operation {
  requestBody?: unknown;
  responses?: Record<string, Answer>;
  'x-request-body'?: DescribedBody;
}

interface Description {
  readonly paths?: Record<string, Record<string, Operation>>;
  readonly components?: { readonly schemas?: Record<string, object> };
}

const PROBLEM_REF = '#/components/schemas/Problem';
const SCIM_JSON = 'application/scim+json';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the generator cannot know: the types of problems and of SCIM, bodies that are proven before they are read, and what a status means. */
export const finishDescription: Transform = (document) => {
  const described = jsonSchemaTransformObject(document) as unknown as Description;
  for (const [path, methods] of Object.entries(described.paths ?? {})) {
    for (const operation of METHODS.flatMap((method) => methods[method] ?? [])) {
      finishOperation(path, operation);
    }
  }
  const components = { ...described.components, schemas: withoutInputs(described.components?.schemas ?? {}) };
  return { ...described, components } as unknown as ReturnType<Transform>;
};

function finishOperation(path: string, operation: Operation): void {
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    finishAnswer(path, status, answer);
  }
  const body = operation['x-request-body'];
  if (body) {
    const { description, contentType, schema, example } = body;
    operation.requestBody = { description, required: true, content: { [contentType]: { schema, example } } };
    delete operation['x-request-body'];
  }
}

function finishAnswer(path: string, status: string, answer: Answer): void {
  const json = answer.content?.['application/json'];
  if (answer.description === 'Default Response') {
    answer.description = STATUS_CODES[status] ?? status;
  }
  if (json?.schema?.$ref === PROBLEM_REF) {
    answer.content = { [PROBLEM_JSON]: json };
  } else if (json && path.startsWith('/intake/scim/')) {
    answer.content = { [SCIM_JSON]: json };
  }
}

/** Every schema with a name is generated as what comes in as well; only what goes out refers to names here. */
function withoutInputs<T>(schemas: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => !name.endsWith('Input')));
}

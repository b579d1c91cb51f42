import { once } from 'node:events';
import { say } from '../output.ts';
import type { Stack } from './stack.ts';

/** Tells how to look around, and waits for the interruption. */
export async function stayUp({ service, token, fastio, people }: Stack, signal: AbortSignal): Promise<void> {
  const [bystander] = people.bystanders.slice(1);
  say(
    '',
    'Everything stays up until Ctrl-C. To look around from another terminal:',
    '',
    `  export LEAVER_URL=${service.url} LEAVER_TOKEN=${token}`,
    '  npx leaver cases',
    `  npx leaver offboard ${bystander?.email} --watch`,
    '',
    '  curl -s -H "Authorization: Bearer $LEAVER_TOKEN" $LEAVER_URL/v1/cases',
    '  curl -s -H "Authorization: Bearer $LEAVER_TOKEN" $LEAVER_URL/v1/targets',
    '  curl -s $LEAVER_URL/.well-known/jwks.json',
    `  curl -s ${fastio.url}/__sandbox/state`,
    '',
    'To try a configuration of your own (leaver.example.yaml) against this Fastio:',
    '',
    `  export FASTIO_URL=${fastio.url} FASTIO_TOKEN=${fastio.token}`,
    `  export FASTIO_ORG_ID=${fastio.orgId} FASTIO_FALLBACK_OWNER_ID=${people.successor.id}`,
  );
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
  say('', 'Stopping.');
}

import type { HookClient } from '../../outbound/outbound.ts';
import { renderText } from '../render.ts';
import type { Sender } from '../sender.ts';
import type { Templates } from '../templates.ts';
import { sentOf } from './sent-of.ts';

/**
 * Sends to an incoming webhook of Slack, or of anything that takes the same. It knows no ids: a message whose arrival could not be known may stand there
 * twice, and both have the same last line.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function createSlackSender(client: HookClient, templates: Templates): Sender {
  return {
    send: async ({ id, happened }, signal) => {
      const { subject, text } = renderText(templates[happened.event], happened, escapeMrkdwn);
      return sentOf(await client.post({ body: JSON.stringify({ text: `*${subject}*\n${text}_${id}_` }), headers: {}, signal }));
    },
    close: async () => await client.close(),
  };
}

/** The three characters that Slack reads as more than text: with them, a name could pose as a link or call everybody. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

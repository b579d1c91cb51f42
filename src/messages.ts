import type { Config } from './config/config.ts';
import {
  type NotificationCentre,
  type NotificationNeeds,
  type NotificationSettings,
  openNotifications,
} from './notifications/notifications.ts';

/** Messages to people, as the configuration has them. */
export async function openMessages(config: Config, needs: NotificationNeeds): Promise<NotificationCentre> {
  return await openNotifications(toSettings(config), needs);
}

function toSettings({ notifications, connections, http }: Config): NotificationSettings {
  const { smtp, operators, events, templatesDir = null, intakeSilentAfterHours } = notifications;
  const { mail, slack, webhook } = operators;
  return {
    smtp: smtp ? { ...smtp, password: smtp.password?.reveal() } : null,
    operators: {
      mail,
      slackUrl: slack?.url.reveal() ?? null,
      webhook: webhook ? { url: webhook.url.reveal(), secrets: webhook.secret.map((one) => one.reveal()) } : null,
      events,
    },
    templatesDir,
    expected: connections.flatMap(({ id: connection, intakeSilentAfterHours: own }) => {
      const withinHours = own ?? intakeSilentAfterHours;
      return withinHours === 0 ? [] : [{ connection, withinHours }];
    }),
    timeoutMs: http.timeoutMs,
  };
}

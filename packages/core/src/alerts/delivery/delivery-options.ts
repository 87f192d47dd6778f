import type { Alert, AlertSeverity } from '../alert.ts';
import type { AlertLink, AlertReceiver } from './receiver-options.ts';

/** Which alerts go to which receivers; every condition that is given must hold. */
export interface AlertRoute {
  /** Names out of `receivers`. */
  receivers: string | readonly string[];
  /** The least severity. Default: all. */
  minSeverity?: AlertSeverity | undefined;
  /** The type, a pattern, or a list of them. Default: all. */
  alertType?: string | RegExp | readonly (string | RegExp)[] | undefined;
  /** The service that raised it, or a list. Default: all. */
  serviceName?: string | readonly string[] | undefined;
}

/** What alerts have in common that are told in one message. */
export type AlertGroupField = 'alertType' | 'severity' | 'serviceName' | 'fingerprint';

/** Who is told of alerts, and when. The option `alerts` of `createObservability`. */
export interface AlertDeliveryOptions {
  /**
   * Whom to tell, by name. The name is what is stored: processes that have a receiver of the same name share its work, also
   * those of other services, so give the same name to the same receiver only. At most 50.
   */
  receivers?: Readonly<Record<string, AlertReceiver>> | undefined;
  /**
   * Who is told of which alert: a function that answers names, or a list of routes, of which every one that matches adds its
   * receivers. Default: everybody of everything. Where the function throws everybody is told.
   */
  route?: ((alert: Alert) => readonly string[]) | readonly AlertRoute[] | undefined;
  /**
   * Alerts that have these in common are told in one message; or a function that answers a text. Default `[]`: all alerts of a
   * receiver, because a hundred messages help nobody.
   */
  groupBy?: readonly AlertGroupField[] | ((alert: Alert) => string) | undefined;
  /** Milliseconds to wait for others of the group before the first message. Default 10,000. */
  groupWaitMs?: number | undefined;
  /** Milliseconds between two messages of a group, at least. Default 30,000. */
  groupIntervalMs?: number | undefined;
  /**
   * Milliseconds after which an alert that nobody has taken on is told again. False for never. Default 14,400,000 (4 hours), as
   * Alertmanager has it.
   */
  repeatIntervalMs?: number | false | undefined;
  /** Milliseconds after which a message that cannot be delivered is given up. Default 86,400,000 (a day). */
  giveUpAfterMs?: number | undefined;
  /** Answers the address of a page about an alert, for the messages. Default: no links. */
  linkTo?: AlertLink | undefined;
}

/** Which alerts a receiver is told of, and how. */
export interface ResolvedReceiver {
  readonly name: string;
  readonly receiver: AlertReceiver;
  readonly timeoutMs: number;
  readonly sendAcknowledged: boolean;
  readonly sendResolved: boolean;
  /** Milliseconds after which an open alert is told again; null for never. */
  readonly repeatIntervalMs: number | null;
  /** Whether that goes for alerts that somebody has taken on, too. */
  readonly repeatsAcknowledged: boolean;
}

/** {@link AlertDeliveryOptions} with the defaults filled in. */
export interface ResolvedDelivery {
  readonly receivers: readonly ResolvedReceiver[];
  readonly route: (alert: Alert) => readonly string[];
  readonly groupKey: (alert: Alert) => string;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly giveUpAfterMs: number;
  readonly linkTo: AlertLink;
}

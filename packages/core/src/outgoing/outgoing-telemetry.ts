import { getCurrentInstance } from '../default-instance.ts';
import type { MetricsCollector } from '../metrics/metrics-collector.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { isUntraced } from '../tracing/untraced.ts';
import { CallDurations } from './call-durations.ts';
import { installHttpHooks } from './http-hooks.ts';
import { openOutgoingCall } from './outgoing-call.ts';
import type { OpenCall, OutgoingCall, OutgoingTarget } from './outgoing-call.ts';
import { resolveOutgoing } from './outgoing-options.ts';
import type { OutgoingOptions, ResolvedOutgoing } from './outgoing-options.ts';
import { isTelemetryDelivery } from './telemetry-delivery.ts';
import { installUndiciHooks } from './undici-hooks.ts';

// The hooks are the process's, however many instances there are; a call belongs to the instance whose request or job makes it.
const running = new Map<object, OutgoingTelemetry>();
let uninstall: (() => void) | undefined;

/** The outgoing calls of one instance. */
export class OutgoingTelemetry {
  readonly #target: { tracing: Tracing; metrics: Pick<MetricsCollector, 'bind'> };
  readonly #options: ResolvedOutgoing | undefined;
  readonly #isByDefault: boolean;
  #isStopped = false;
  readonly #durations: CallDurations;

  /**
   * @param options false switches it off
   * @throws `INVALID_OPTION`
   */
  constructor(
    target: { tracing: Tracing; metrics: Pick<MetricsCollector, 'bind'> },
    options: OutgoingOptions | false | undefined,
  ) {
    this.#target = target;
    this.#durations = new CallDurations(target.metrics);
    this.#options = options === false ? undefined : resolveOutgoing(options);
    this.#isByDefault = options === undefined;
  }

  // What ends after the shutdown, such as the last delivery of another tool, is nobody's loss to be told of.
  readonly #unlessStopped: Pick<CallDurations, 'record'> = {
    record: (...call) => {
      if (!this.#isStopped) {
        this.#durations.record(...call);
      }
    },
  };

  /** Puts the hooks in, unless another instance has. */
  start(): void {
    if (this.#options === undefined || this.#isStopped) {
      return;
    }
    running.set(this.#target.tracing, this);
    uninstall ??= installHooks();
  }

  /** Takes the hooks away with the last instance. A call that is still under way is not waited for. */
  stop(): void {
    this.#isStopped = true;
    if (running.delete(this.#target.tracing) && running.size === 0) {
      uninstall?.();
      uninstall = undefined;
    }
  }

  /** @internal */
  open(target: OutgoingTarget): OutgoingCall | undefined {
    if (this.#options === undefined) {
      return undefined;
    }
    const { tracing } = this.#target;
    // An SDK of the application's own brings its own instrumentations: two spans of one call would help nobody.
    const isLeftToOthers = this.#isByDefault && tracing.status.startsWith('foreign-sdk');
    const options = isLeftToOthers ? COUNT_ONLY : this.#options;
    return openOutgoingCall(target, options, this.#unlessStopped);
  }
}

const COUNT_ONLY: ResolvedOutgoing = { spans: 'none', mayPropagateTo: () => false };

const openCall: OpenCall = (read) => {
  try {
    if (isUntraced()) {
      return undefined;
    }
    const tracing = getCurrentInstance()?.tracing;
    const telemetry = tracing === undefined ? undefined : running.get(tracing);
    const target = telemetry === undefined ? undefined : read();
    return target === undefined || isTelemetryDelivery(target.url) ? undefined : telemetry?.open(target);
  } catch {
    // A URL that is none, a function of the options that throws: the call goes out as the application made it.
    return undefined;
  }
};

function installHooks(): () => void {
  const uninstallers = [installUndiciHooks(openCall), installHttpHooks(openCall)];
  return () => uninstallers.forEach((each) => each());
}

const MINUTE_MS = 60_000;
const MAX_ROUTES = 2_000;
// Names of spans may be endless; those past the bound share one floor.
const OTHERS = '';

/** Counts the kept traces of each route in the current minute. */
export class RouteFloor {
  readonly #kept = new Map<string, number>();
  #minute = 0;

  /** Traces of the route kept in this minute. */
  kept(route: string, nowMs: number): number {
    this.#forgetPast(nowMs);
    return this.#kept.get(this.#key(route)) ?? 0;
  }

  /** Notes that a trace of the route was kept. */
  note(route: string, nowMs: number): void {
    this.#forgetPast(nowMs);
    const key = this.#key(route);
    this.#kept.set(key, (this.#kept.get(key) ?? 0) + 1);
  }

  #key(route: string): string {
    return this.#kept.size < MAX_ROUTES || this.#kept.has(route) ? route : OTHERS;
  }

  #forgetPast(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#kept.clear();
    }
  }
}

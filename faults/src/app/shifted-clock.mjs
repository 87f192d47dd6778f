// Preloaded: the clock of this process begins at FAULT_CLOCK and goes on from there.
const RealDate = Date;
const realTimeOrigin = performance.timeOrigin;
let offsetMs = 0;

/** Begins again at FAULT_CLOCK: the parent asks for it once the application is up, which may take a while. */
globalThis.restartFaultClock = () => {
  offsetMs = RealDate.parse(process.env.FAULT_CLOCK) - RealDate.now();
};
globalThis.restartFaultClock();

class ShiftedDate extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + offsetMs] : args));
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = ShiftedDate;
Object.defineProperty(performance, 'timeOrigin', { get: () => realTimeOrigin + offsetMs });

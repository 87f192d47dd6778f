/**
 * Sets an own, enumerable property whatever its name. Assigning to `__proto__` would change the prototype instead, so that
 * the value would be lost, or worse.
 */
export function setOwnProperty<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

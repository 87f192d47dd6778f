/**
 * Decides what may be recorded. Called with the name and the value of every attribute, label and nested property, and for
 * each element of a list with the list's name; what it returns is recorded instead. `undefined` drops the value.
 */
export type Redact = (key: string, value: unknown) => unknown;

/**
 * Every code an {@link ObservabilityError} can have, with what it means. The table in `docs/errors.md` says the same, and a
 * test compares the two.
 */
export const ERROR_CODES = {
  INVALID_OPTION: 'An option is missing, of the wrong type or out of range.',
  INVALID_ARGUMENT: 'An argument of a call is missing, of the wrong type or out of range.',
  STORE_REQUIRED: 'No store was given and none could be found.',
  STORE_UNAVAILABLE: 'The database did not answer in time or refused the connection.',
  STORE_LOCKED: 'The folder of the embedded store is in use by another process.',
  STORE_CLOSED: 'The store was used after close().',
  STORE_FAILED: 'The database refused a statement of ours.',
  DRIVER_MISSING: 'The npm package of the driver is not installed.',
  SCHEMA_MISSING: 'The schema observability is not installed and may not be created.',
  SCHEMA_INCOMPATIBLE:
    'The installed schema is newer than this library can work with, or older than it needs.',
  SCHEMA_NOT_EMPTY: 'The schema observability still holds rows, and dropping it was not forced.',
  WORKFLOW_EXISTS: 'A workflow with this ID exists already.',
  WORKFLOW_NOT_FOUND: 'There is no workflow with this ID.',
  WORKFLOW_ID_INVALID: 'The workflow ID is not a UUID.',
  WORKFLOW_PHASE_INVALID: 'A phase must be text of 1 to 128 characters.',
  WORKFLOW_STATUS_INVALID: 'A status must be text of 1 to 128 characters.',
  WORKFLOW_METADATA_INVALID: 'Metadata must be a plain object that JSON can hold.',
  WORKFLOW_DEFINITION_INVALID: 'The definition of a workflow contradicts itself, or another one.',
  WORKFLOW_TRANSITION_INVALID: 'The definition of the workflow does not allow this move.',
  WORKFLOW_VERSION_CONFLICT: 'The workflow has moved on since the version that was expected.',
  ALERT_NOT_FOUND: 'There is no alert with this ID.',
  ALERT_STATE_INVALID: 'The alert is in a state that does not allow this step.',
  SILENCE_NOT_FOUND: 'There is no silence with this ID.',
  ERROR_GROUP_NOT_FOUND: 'There is no group of errors with this fingerprint.',
  ALREADY_REGISTERED: 'The module, middleware or instance was set up twice.',
  SHUT_DOWN: 'The call came after shutdown().',
} as const;

/** One of the codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

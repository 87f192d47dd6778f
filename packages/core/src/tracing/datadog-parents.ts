interface Identifier {
  toString(radix: number): string;
}

/** What dd-trace 5 and 6 keep of where a span stands in its trace. */
interface Place {
  _spanId?: Identifier;
  _parentId?: Identifier | null;
  _trace?: { started?: DatadogRecord[] };
}

/** What dd-trace keeps behind a span. */
interface DatadogRecord {
  context(): Place;
}

const MAX_LEVELS = 64;
const given = new WeakSet<object>();
const servers = new WeakSet<object>();
const parents = new WeakMap<object, string>();

/**
 * Remembers the parent that a starting span of dd-trace has among the spans that come to processors. Those of dd-trace's own
 * instrumentations never come, so without this a span below one of them would hang in the air. Never throws.
 *
 * @param record what is behind the span
 * @param isServer whether it is the span of a request
 */
export function noteDatadogParent(record: DatadogRecord, isServer: boolean): void {
  try {
    given.add(record);
    if (isServer) {
      servers.add(record);
    }
    const place = record.context();
    const parentId = nearestGiven(place) ?? (isServer ? undefined : requestOf(place));
    if (parentId !== undefined) {
      parents.set(record, parentId);
    }
  } catch {
    // A version that keeps this elsewhere: the parent is the one it names.
  }
}

/** The ID noted for what is behind a span; undefined where no span above it came. */
export function datadogParent(record: object): string | undefined {
  return parents.get(record);
}

function nearestGiven({ _parentId, _trace }: Place): string | undefined {
  const started = _trace?.started ?? [];
  let parentId = _parentId?.toString(16);
  for (let level = 0; level < MAX_LEVELS && parentId !== undefined; level += 1) {
    const sought = parentId;
    const parent = started.findLast((record) => record.context()._spanId?.toString(16) === sought);
    if (parent === undefined || given.has(parent)) {
      return parent === undefined ? undefined : sought;
    }
    parentId = parent.context()._parentId?.toString(16);
  }
  return undefined;
}

// dd-trace hangs a handler below its own span of the request, beside the middleware in which ours has begun.
function requestOf({ _trace }: Place): string | undefined {
  const record = _trace?.started?.findLast((started) => servers.has(started));
  return record?.context()._spanId?.toString(16);
}

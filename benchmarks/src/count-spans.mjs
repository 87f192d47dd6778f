const SERVER = 2;

/**
 * Counts the spans of an OTLP export by walking over its protobuf fields.
 *
 * @param {Buffer} body An `ExportTraceServiceRequest`.
 * @source https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function countSpans(body) {
  const counts = { spans: 0, serverSpans: 0 };
  for (const resourceSpans of fieldsOf(body, 1)) {
    for (const scopeSpans of fieldsOf(resourceSpans, 2)) {
      for (const span of fieldsOf(scopeSpans, 2)) {
        counts.spans += 1;
        counts.serverSpans += [...fieldsOf(span, 6)][0] === SERVER ? 1 : 0;
      }
    }
  }
  return counts;
}

/** Contents of the fields with this number: bytes of a message, the number of a varint. */
function* fieldsOf(bytes, wanted) {
  let offset = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[offset];
      offset += 1;
      value += (byte & 127) * scale;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (offset < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    let value;
    if (wireType === 0) {
      value = varint();
    } else {
      const length = wireType === 2 ? varint() : wireType === 1 ? 8 : 4;
      value = bytes.subarray(offset, offset + length);
      offset += length;
    }
    if (tag >>> 3 === wanted) {
      yield value;
    }
  }
}

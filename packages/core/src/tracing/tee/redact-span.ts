import { cleanAttributes } from '../../sanitize/clean-json.ts';
import { redactText } from '../../sanitize/redact.ts';
import type { Redact } from '../../sanitize/redact.ts';
import { copySpan } from '../copy-span.ts';
import type { ReadableSpan, Resource } from '../opentelemetry-types.ts';

/** Makes the copies of spans that leave the process by somebody else's exporter: masked as what is stored is. */
export class SpanRedactor {
  readonly #redact: Redact;
  // Exporters group spans by the identity of their resource.
  readonly #resources = new WeakMap<Resource, Resource>();

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  redact(span: ReadableSpan): ReadableSpan {
    const { message } = span.status;
    return copySpan(span, {
      name: redactText(span.name),
      attributes: this.#clean(span.attributes),
      status: message === undefined ? span.status : { code: span.status.code, message: redactText(message) },
      events: span.events.map((event) => ({
        ...event,
        name: redactText(event.name),
        ...(event.attributes === undefined ? {} : { attributes: this.#clean(event.attributes) }),
      })),
      links: span.links.map((link) =>
        link.attributes === undefined ? link : { ...link, attributes: this.#clean(link.attributes) },
      ),
      resource: this.#resource(span.resource),
    });
  }

  #clean(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return cleanAttributes(attributes, { redact: this.#redact });
  }

  #resource(resource: Resource): Resource {
    let redacted = this.#resources.get(resource);
    if (redacted === undefined) {
      redacted = {
        attributes: this.#clean(resource.attributes),
        asyncAttributesPending: false,
        ...(resource.schemaUrl === undefined ? {} : { schemaUrl: resource.schemaUrl }),
      };
      this.#resources.set(resource, redacted);
    }
    return redacted;
  }
}

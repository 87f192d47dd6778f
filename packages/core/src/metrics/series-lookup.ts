import { isPlainObject } from '../arguments/plain-object.ts';
import type { MetricType } from './metric.ts';
import type { Series } from './metric-series.ts';

const MAX_NODES = 50_000;
const MAX_LABELS = 16;
const MAX_TEXT_LENGTH = 256;

/** A place in the tree: the labels so far. Where the way goes on depends on the name of the next label, then on its value. */
interface Node {
  /** Name of the label that comes next, in the order in which it came first. */
  name: string | undefined;
  readonly byValue: Map<unknown, Node>;
  /** The same for other names. */
  others: Map<string, Node> | undefined;
  series: Series | undefined;
}

/**
 * Series by the very labels they were recorded with. Cleaning, masking and sorting labels costs some microseconds; an
 * application records with the same few again and again, and only what needed no mending is kept here.
 *
 * A tree, because comparing a label takes a tenth of joining all of them to a key.
 */
export class SeriesLookup {
  #roots: Record<MetricType, Map<unknown, Node>> = createRoots();
  #nodes = 0;

  /** Undefined where it is not known, or the labels are nothing simple. */
  find(type: MetricType, name: unknown, labels: unknown): Series | undefined {
    let node = this.#roots[type].get(name);
    if (node === undefined || labels === undefined) {
      return node?.series;
    }
    if (!isPlainObject(labels)) {
      return undefined;
    }
    for (const label in labels) {
      const place: Node | undefined = node.name === label ? node : node.others?.get(label);
      node = place?.byValue.get(labels[label]);
      if (node === undefined) {
        return undefined;
      }
    }
    return node.series;
  }

  /** Remembers a series, where its labels are a plain object with a few short values. */
  add(type: MetricType, name: unknown, labels: unknown, series: Series): void {
    if (!isSimpleText(name) || !(labels === undefined || isSimple(labels))) {
      return;
    }
    // Labels that vary without end would fill the memory; those that do not are back after one call each.
    if (this.#nodes >= MAX_NODES) {
      this.clear();
    }
    let node = this.#step(this.#roots[type], name);
    for (const [label, value] of Object.entries(labels ?? {})) {
      node.name ??= label;
      if (node.name !== label) {
        node.others ??= new Map();
        node = this.#step(node.others, label);
        node.name = label;
      }
      node = this.#step(node.byValue, value);
    }
    node.series = series;
  }

  clear(): void {
    this.#roots = createRoots();
    this.#nodes = 0;
  }

  #step<Key>(nodes: Map<Key, Node>, key: Key): Node {
    let node = nodes.get(key);
    if (node === undefined) {
      node = { name: undefined, byValue: new Map(), others: undefined, series: undefined };
      nodes.set(key, node);
      this.#nodes += 1;
    }
    return node;
  }
}

function createRoots(): Record<MetricType, Map<unknown, Node>> {
  return { counter: new Map(), gauge: new Map(), histogram: new Map() };
}

function isSimple(labels: unknown): labels is Readonly<Record<string, unknown>> {
  if (!isPlainObject(labels)) {
    return false;
  }
  const entries = Object.entries(labels);
  return (
    entries.length <= MAX_LABELS && entries.every(([name, value]) => isSimpleText(name) && isValue(value))
  );
}

function isValue(value: unknown): boolean {
  return isSimpleText(value) || typeof value === 'number' || typeof value === 'boolean';
}

function isSimpleText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
}

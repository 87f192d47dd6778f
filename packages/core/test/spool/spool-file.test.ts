import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { fromFileName, isAsideName, toAsideName, toFileName } from '../../src/spool/spool-file-name.ts';
import { batchToFile, fileToBatch } from '../../src/spool/spool-file.ts';
import { batchIdOf, knownColumns, makeBatch } from './batches.ts';

const batch = makeBatch();
const name = { ...batch, order: 7 };
const bytes = Buffer.concat(batchToFile(batch, knownColumns));

/** A file whose checksum is right and whose header says something else. */
function forge(changes: Record<string, unknown>, rows = batch.rows): Buffer {
  const end = bytes.indexOf(10);
  const { checksum: _, ...fields } = JSON.parse(bytes.toString('utf8', 0, end)) as Record<string, unknown>;
  const checked = Buffer.concat([
    Buffer.from(`",${JSON.stringify({ ...fields, ...changes }).slice(1)}\n`),
    rows,
  ]);
  const checksum = crc32(checked).toString(16).padStart(8, '0');
  return Buffer.concat([Buffer.from(`{"checksum":"${checksum}`), checked]);
}

it('reads back what it wrote, every field and byte', () => {
  const read = fileToBatch(bytes, name, knownColumns);

  expect(read).toEqual(batch);
  expect(fileToBatch(forge({}), name, knownColumns)).toEqual(batch);
});

it('finds every flipped bit, wherever it is', () => {
  const damaged = Buffer.from(bytes);

  const unnoticed: string[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      damaged[at] = (bytes[at] as number) ^ (1 << bit);
      if (fileToBatch(damaged, name, knownColumns) !== undefined) {
        unnoticed.push(`${at}.${bit}`);
      }
    }
    damaged[at] = bytes[at] as number;
  }

  expect(unnoticed).toEqual([]);
});

it('finds every cut, and whatever is behind the end', () => {
  const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));

  const read = [...cuts, Buffer.concat([bytes, Buffer.from('\n')]), Buffer.concat([bytes, bytes])].filter(
    (file) => fileToBatch(file, name, knownColumns) !== undefined,
  );

  expect(read).toEqual([]);
});

it.each([
  ['a column nobody knows', { columns: ['trace_id', "operation_name) from program 'id' --"] }],
  ['a column of the other signal', { columns: ['trace_id', 'metric_name'] }],
  ['a column twice', { columns: ['trace_id', 'trace_id'] }],
  ['no column', { columns: [] }],
  ['columns that are no list', { columns: 'trace_id' }],
  ['columns that are no texts', { columns: [['trace_id']] }],
  ['another version', { version: 2 }],
  ['another signal', { signal: 'metrics', columns: ['metric_name'] }],
  ['a table that is none', { signal: 'resources' }],
  ['another ID', { batchId: batchIdOf(2) }],
  ['an ID that is a path', { batchId: '../../../etc/passwd' }],
  ['another count', { rowCount: 4 }],
  ['a time that is none', { partitionTimes: [9e15] }],
  ['times that are no list', { partitionTimes: null }],
  ['no origins', { origins: null }],
  ['an origin that is no row', { origins: { resources: [null], scopes: [] } }],
  ['an origin without its ID', { origins: { resources: [], scopes: [{ name: 'scope' }] } }],
  ['another age', { cutAtMs: 1 }],
  ['another size', { rowBytes: 1 }],
])('refuses %s, though the checksum is right', (_, changes) => {
  expect(fileToBatch(forge(changes), name, knownColumns)).toBeUndefined();
});

it('refuses rows that are fewer or more than the header says, or whose last has no end', () => {
  const files = ['a\tone\nb\t\\N\n', 'a\n\n\n\n', 'a\nb\nc\nd'].map((text) => {
    const rows = Buffer.from(text);
    return forge({ rowBytes: rows.length }, rows);
  });

  expect(files.map((file) => fileToBatch(file, name, knownColumns))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('does not write what it would not read', () => {
  const wrong = [
    makeBatch({ batchId: '../x' }),
    makeBatch({ columns: ['nobody'] }),
    makeBatch({ rowCount: 2 }),
    makeBatch({ cutAtMs: Number.NaN }),
    makeBatch({ partitionTimes: [Infinity] }),
  ];

  for (const one of wrong) {
    expect(() => batchToFile(one, knownColumns)).toThrow(TypeError);
  }
});

it('names a file so that the name tells all that order and sums need', () => {
  const halved = { ...name, batchId: `${batchIdOf(255)}/0/1`, cutAtMs: 1_795_392_000_123.7 };

  const fileName = toFileName(halved);

  expect(fileName).toBe(
    '0001795392000123-0000000007-spans-0000000003-000000000000000000000000000000ff.0.1.batch',
  );
  expect(fromFileName(fileName)).toEqual({
    batchId: `${batchIdOf(255)}/0/1`,
    signal: 'spans',
    rowCount: 3,
    cutAtMs: 1_795_392_000_123,
    order: 7,
  });
});

it('takes no other name for a batch', () => {
  const fileName = toFileName(name);
  const others = [
    '',
    '.',
    '..',
    'owner.json',
    `${fileName}~`,
    ` ${fileName}`,
    `x/${fileName}`,
    `${fileName}\n`,
  ];

  expect([...others, toAsideName(fileName)].map(fromFileName)).toEqual(Array(9).fill(undefined));
  expect([...others, fileName, toAsideName(fileName)].filter(isAsideName)).toEqual([toAsideName(fileName)]);
});

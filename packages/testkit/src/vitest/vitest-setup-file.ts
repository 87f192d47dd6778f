// Runs in every test file before its tests: its databases go when the file has ended.
import { afterAll, afterEach } from 'vitest';
import { releaseTestDatabases } from './test-database.ts';

let hasFailed = false;

afterEach(({ task }) => {
  hasFailed ||= task.result?.state === 'fail';
});

afterAll(() => releaseTestDatabases(hasFailed));

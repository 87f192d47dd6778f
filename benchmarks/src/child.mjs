import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A process of its own that answers questions over IPC. Its first message says that it is ready.
 *
 * @param {string} script Relative to this folder.
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, execArgv?: string[] }} [options]
 * @returns {Promise<{ ready: object, ask: (question: string, details?: object) => Promise<any>, stop: () => Promise<void> }>}
 */
export async function startChild(script, args = [], options = {}) {
  const child = fork(join(import.meta.dirname, script), args, {
    env: { ...process.env, ...options.env },
    execArgv: options.execArgv ?? [],
  });
  const exited = once(child, 'exit');
  const next = async () => {
    const answer = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
    if (answer === undefined) {
      throw new Error(`${script} ${args.join(' ')} ended before it answered.`);
    }
    if (answer[0].error !== undefined) {
      throw new Error(`${script} ${args.join(' ')}: ${answer[0].error}`);
    }
    return answer[0];
  };
  return {
    ready: await next(),
    ask: (question, details = {}) => {
      const answer = next();
      child.send({ question, ...details });
      return answer;
    },
    stop: async () => {
      child.send({ question: 'stop' });
      await exited;
    },
  };
}

/** The other side: answers each question with what its function returns, and ends at `stop`. */
export function answerQuestions(answers, ready = {}) {
  process.on('message', ({ question, ...details }) => {
    if (question === 'stop') {
      process.exit(0);
    }
    Promise.resolve(details)
      .then(answers[question])
      .then(
        (answer) => process.send({ ...answer }),
        (error) => process.send({ error: error.stack }),
      );
  });
  process.on('disconnect', () => process.exit(0));
  process.send(ready);
}

/** CPU of this process since it started, in microseconds. */
export function cpuMicroseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU of the main thread alone, in microseconds; undefined where the system does not say. */
export function mainThreadMicroseconds() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[0]) / 1_000;
  } catch {
    return undefined;
  }
}

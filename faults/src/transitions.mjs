import { pause, withClient } from './stored-rows.mjs';

const INTERVAL_MS = 50;

/** Moves a workflow on and on, and repeats each call with its key until it is answered, as callers are told to. */
export async function startTransitions(app, workflowId) {
  await repeat(() =>
    app.ask('createWorkflow', { workflowId, workflowType: 'order', idempotencyKey: 'created' }),
  );
  const moves = { workflowId, keys: [], calls: 0, refused: [] };
  let isOn = true;
  const run = (async () => {
    while (isOn) {
      const idempotencyKey = `move-${moves.keys.length + 1}`;
      moves.keys.push(idempotencyKey);
      const phase = `phase ${moves.keys.length}`;
      await repeat(async () => {
        moves.calls += 1;
        const answer = await app.ask('transition', { workflowId, phase, status: 'running', idempotencyKey });
        if (!['ok', 'STORE_UNAVAILABLE'].includes(answer.code)) {
          moves.refused.push(`${answer.code}: ${answer.message}`);
        }
        return answer;
      });
      await pause(INTERVAL_MS);
    }
  })();
  return {
    async stop() {
      isOn = false;
      await run;
      return moves;
    },
  };
}

async function repeat(call) {
  for (let attempt = 0; attempt < 200 && (await call()).code !== 'ok'; attempt += 1) {
    await pause(INTERVAL_MS);
  }
}

/** How often each move of a workflow is stored, by its key. */
export function storedTransitions(url, workflowId) {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select idempotency_key as key, count(*)::integer as count from observability.workflow_transitions
       where workflow_id = $1 and idempotency_key like 'move-%' group by 1`,
      [workflowId],
    );
    return new Map(rows.map(({ key, count }) => [key, count]));
  });
}

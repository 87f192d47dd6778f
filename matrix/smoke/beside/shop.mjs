// The application that runs beside another tool: started as its users do, it says where it listens, and ends by itself after
// SIGTERM, without process.exit.
import { openExpressShop } from './express-shop.mjs';
import { openNestShop } from './nest-shop.mjs';
import { row } from '../row.mjs';
import { settings } from './settings.mjs';

/** What the tool's own file exports; it has run before this one. */
const tool = await row.load(process.env.SHOP_TOOL);

/** A shop's business: one query for an order, inside an operation of ours where we are. */
async function openDesk() {
  const loaded = await row.load('pg');
  const pool = new (loaded.default ?? loaded).Pool({ connectionString: settings.databaseUrl });
  const find = async (id) => (await pool.query('select $1::text as id', [id])).rows[0];
  const { withTracingContext } = settings.isObserved ? await row.load('@pg-observability/core') : {};
  return {
    show: (id) =>
      withTracingContext === undefined ? find(id) : withTracingContext('show order', {}, () => find(id)),
    close: () => pool.end(),
  };
}

const desk = await openDesk();
const open = row.app === 'beside-express' ? openExpressShop : openNestShop;
const { url, stats, close } = await open(desk, tool);

async function end() {
  await close();
  await desk.close();
  await tool.close?.();
  process.stdout.write(`${JSON.stringify({ stats: stats() })}\n`);
}

process.once('SIGTERM', () => void end());
process.stdout.write(`${JSON.stringify({ url })}\n`);

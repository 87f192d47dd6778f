// Node 20 has no --test-isolation=none; this is the same.
import './orders.test.mjs';
import './workflow.test.mjs';

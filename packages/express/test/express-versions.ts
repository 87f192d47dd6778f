import express from 'express';
import { createRequire } from 'node:module';

// The older ones have no types of their own under these names; their API is the same as far as it is used here.
const load = createRequire(import.meta.url) as (name: string) => typeof express;

/** Express 5 whose router tells which layer it calls. */
export const express5: typeof express = express;
/** Express 5 whose router tells nothing. */
export const express5Router22: typeof express = load('express-5-router-2.2');
export const express4: typeof express = load('express-4');

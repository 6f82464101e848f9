#!/usr/bin/env node
import { runCommandLine } from './command_line.ts';
import { processTerminal } from './terminal.ts';

const terminal = processTerminal();
const code = await runCommandLine(process.argv.slice(2), terminal);
await Promise.all([terminal.out.drained(), terminal.err.drained()]);
// A plugin's forgotten socket or timer must not keep a stopped process alive.
process.exit(code);

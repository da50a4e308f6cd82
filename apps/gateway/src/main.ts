#!/usr/bin/env node
import { main } from './command-line.ts'
import { growHeapFreely } from './heap-growth.ts'

growHeapFreely()
process.exitCode = await main(process.argv.slice(2))
// Everything was stopped in order; a stray handle must not keep the process.
process.exit()

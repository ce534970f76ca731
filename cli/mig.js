#!/usr/bin/env node
import { launch } from '../node/launch.js'

// A command reads a few documents and ends: compiling its schemas to code costs more than it saves.
globalThis.__zod_globalConfig = { jitless: true }
await launch('mig', 'cli/main')

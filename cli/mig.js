#!/usr/bin/env node
import { launch } from '../node/launch.js'

await launch('mig', 'cli/main')

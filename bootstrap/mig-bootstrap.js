#!/usr/bin/env node
import { launch } from '../node/launch.js'

await launch('mig-bootstrap', 'bootstrap/main')

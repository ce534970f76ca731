/** `<1.2.3-4`: a bound on versions, judged by the rules of the package manager that installed them. */
import { compareAlpmVersions } from '../alpm-version.ts'
import { compareApkVersions } from '../apk-version.ts'
import { compareDebVersions } from '../deb-version.ts'
import { compareRpmParts, compareRpmVersions, parseRpmVersion } from '../rpm-version.ts'
import type { InstalledPackage, PackageType } from './package.ts'

const CONSTRAINT = /^(<=|>=|<|>|=)([0-9A-Za-z.+~^:_-]{1,128})$/

const HOLDS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
}

/** Whether a package's version lies within the bound. */
export type VersionConstraint = (installed: Pick<InstalledPackage, 'type' | 'version'>) => boolean

/** Undefined when it is none. */
export function parseVersionConstraint(text: string): VersionConstraint | undefined {
  const [, operator = '', bound = ''] = CONSTRAINT.exec(text) ?? []
  const holds = HOLDS[operator]
  return holds && (({ type, version }) => holds(comparePackageVersions(type, version, bound)))
}

function comparePackageVersions(type: PackageType, installed: string, bound: string): number {
  switch (type) {
    case 'dpkg':
      return compareDebVersions(installed, bound)
    case 'rpm':
      return compareWithRpmBound(installed, bound)
    case 'apk':
      return compareApkVersions(installed, bound)
    case 'pacman':
      return compareAlpmVersions(installed, bound)
    // These have no order of their own that all their packages keep to.
    case 'brew':
    case 'pkgutil':
    case 'app':
    case 'windows':
      return compareRpmParts(installed, bound)
  }
}

/** As rpm's own dependencies are: a bound without a release is met by every release. */
function compareWithRpmBound(installed: string, bound: string): number {
  const { release, epoch, version } = parseRpmVersion(installed)
  return parseRpmVersion(bound).release === undefined && release !== undefined
    ? compareRpmVersions(`${epoch}:${version}`, bound)
    : compareRpmVersions(installed, bound)
}

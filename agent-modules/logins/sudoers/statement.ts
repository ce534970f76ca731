/** What a sudoers file is made of, once it is read (sudoers(5)): statements, their lists and commands. */
export interface Member {
  /** `file` is the path of one command; `command` all other ways to say which. */
  readonly kind: 'all' | 'alias' | 'name' | 'group' | 'netgroup' | 'file' | 'command'
  /** Without prefix, quotes and escapes; a user may be `#UID`, a group `#GID`, or `:NAME` of a plugin's. */
  readonly text: string
  readonly isNegated: boolean
}

export interface CommandSpec {
  /** Absent where the rule does not say; empty: as oneself. */
  readonly runas: readonly Member[] | undefined
  readonly nopasswd: boolean | undefined
  /** Holds between two dates alone. */
  readonly isDated: boolean
  readonly command: Member
}

export interface Privilege {
  readonly hosts: readonly Member[]
  readonly commands: readonly CommandSpec[]
}

export type ListKind = 'user' | 'host' | 'runas' | 'command'

export interface Include {
  readonly kind: 'include'
  readonly path: string
  readonly isFolder: boolean
}

export type Statement =
  | Include
  | {
      readonly kind: 'alias'
      readonly of: ListKind
      readonly name: string
      readonly members: readonly Member[]
    }
  | {
      readonly kind: 'defaults'
      readonly of: ListKind
      readonly members: readonly Member[]
      readonly settings: ReadonlyMap<string, string | boolean>
    }
  | {
      readonly kind: 'rule'
      readonly users: readonly Member[]
      readonly privileges: readonly Privilege[]
    }
  | { readonly kind: 'unreadable' }

export const ALL: Member = { kind: 'all', text: 'ALL', isNegated: false }

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ran = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0

const mount = (folder: string, options: string): boolean =>
  ran('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder)

/** Whether this process may give a folder a disk of its own: on Linux, with the rights of root. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'crp-mount-'))
  const mounted = mount(folder, 'size=4k')
  if (mounted) ran('umount', folder)
  rmdirSync(folder)
  return mounted
}

/** A disk that is soon full. */
export interface SmallDisk {
  /** @param size as `mount` takes it */
  resize(size: string): void
  remove(): void
}

/** Gives a folder a disk of its own. @throws Error where that is not possible */
export function mountSmallDisk(folder: string, size: string): SmallDisk {
  const check = (done: boolean, what: string): void => {
    if (!done) throw new Error(`the disk at ${folder} cannot be ${what}`)
  }
  check(mount(folder, `size=${size}`), 'mounted')
  return {
    resize: (to) => check(mount(folder, `remount,size=${to}`), 'resized'),
    remove: () => check(ran('umount', folder), 'removed'),
  }
}

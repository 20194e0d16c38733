import { StorageError } from './errors.ts'

const largestPage = 1000

/** @throws StorageError `list-page-invalid` */
export function pageLimit(limit: number = largestPage): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestPage) return limit
  throw new StorageError(
    'list-page-invalid',
    `limit is ${limit}; it must be an integer from 1 to ${largestPage}.`,
  )
}

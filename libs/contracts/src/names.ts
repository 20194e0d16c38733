import { Type } from 'typebox'

/** Names of models and data sets: safe as a path segment and as a folder name. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'

/** A name as a schema. */
export const Name = Type.String({ pattern: namePattern })

const expression = new RegExp(namePattern)

/** Whether a text can be a name at all. */
export const isName = (text: string): boolean => expression.test(text)

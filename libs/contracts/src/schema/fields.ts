import { type Static, type TProperties, type TSchema, type TSchemaOptions, Type } from 'typebox'

/**
 * A field that may be absent or null, both of which mean its default.
 * @param options `default` and `description` end up in the published schema.
 */
export const optional = <T extends TSchema>(schema: T, options: TSchemaOptions = {}) =>
  Type.Optional(Type.Union([schema, Type.Null()], options))

/** An object that refuses fields it does not know. */
export const strict = <P extends TProperties>(properties: P, options: TSchemaOptions = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A map from any string to `schema`. */
export const mapOf = <T extends TSchema>(schema: T, options: TSchemaOptions = {}) =>
  Type.Unsafe<Record<string, Static<T>>>({ type: 'object', additionalProperties: schema, ...options })

/** An index counted from 0. */
export const Index = Type.Integer({ minimum: 0 })

/** A finite number or null, where a computed figure may not be finite (JSON has no NaN). */
export const Figure = Type.Union([Type.Number(), Type.Null()])

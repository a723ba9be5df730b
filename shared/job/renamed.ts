import { z } from 'zod'

/**
 * A schema of an object, some of whose members an older version wrote under other names: they are read as those of now.
 */
export const renamed = <S extends z.ZodType>(names: Readonly<Record<string, string>>, schema: S) =>
  z.preprocess((value: z.input<S>) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    const members = Object.entries(value)
    if (!members.some(([name]) => Object.hasOwn(names, name))) return value
    return Object.fromEntries(members.map(([name, member]) => [names[name] ?? name, member]))
  }, schema)

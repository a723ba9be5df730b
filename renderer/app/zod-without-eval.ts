import { z } from 'zod'

/**
 * The policy of the page lets no text become code, and zod would try whether it may. Imported before anything that has
 * a schema.
 */
z.config({ jitless: true })

import type { JSX as ReactJsx } from 'react'

declare global {
  /** Cloudscape's types still ask for the namespace that React has moved into its own module. */
  namespace JSX {
    type Element = ReactJsx.Element
    type IntrinsicElements = ReactJsx.IntrinsicElements
  }
}

declare module 'react' {
  interface CSSProperties {
    /** The colour of the target's account, which frames the window. */
    '--target'?: string
  }
}

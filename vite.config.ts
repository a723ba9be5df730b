import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type EnvironmentOptions } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * The colours that the page's own drawing needs (charts, grid), of both modes: at build time, for the whole file is 800
 * kB.
 */
const TOKENS = [
  'color-background-layout-main',
  'color-background-container-content',
  'color-border-divider-default',
  'color-text-body-default',
  'color-text-body-secondary',
  'color-text-status-error',
  'color-text-status-success',
  'color-text-status-warning',
  'color-text-status-info',
  'color-text-link-default',
  'color-background-item-selected',
  'color-charts-palette-categorical-1',
  'color-charts-palette-categorical-2',
  'color-charts-palette-categorical-3',
  'color-charts-palette-categorical-4',
  'color-charts-palette-categorical-5',
  'color-charts-palette-categorical-6',
  'color-charts-palette-categorical-7',
  'color-charts-palette-categorical-8',
] as const
type Mode = 'light' | 'dark'

function colours(): Record<Mode, Record<string, string>> {
  const { tokens } = createRequire(import.meta.url)('@cloudscape-design/design-tokens/index-visual-refresh.json') as {
    tokens: Record<string, { $value: Record<Mode, string> | string }>
  }
  const of = (mode: Mode) =>
    Object.fromEntries(
      TOKENS.map(name => {
        const value = tokens[name]?.$value
        if (value === undefined) throw new Error(`The design tokens have no ${name}`)
        return [name, typeof value === 'string' ? value : value[mode]]
      }),
    )
  return { light: of('light'), dark: of('dark') }
}

/** What Electron runs: its main process, and core as a utility process. */
const DESKTOP = { main: path('electron/hosts/desktop/main.ts'), core: path('electron/hosts/desktop/core-process.ts') }
/** What Node runs as processes of their own, in the packaged program too. */
const PROGRAMS = { sandbox: path('electron/hosts/sandbox/main.ts'), engine: path('electron/engine/main.ts') }
/** Native code and WebAssembly stay packages; all else becomes a part of the program. */
const PACKAGES = [/^@duckdb\//, /^@polyglot-sql\//]

/** Programs of one folder, for Node 20.18 (which Electron 33 has inside) and newer. */
const programs = (input: Record<string, string>, outDir: string): EnvironmentOptions => ({
  consumer: 'server',
  resolve: { noExternal: true, external: ['@duckdb/node-api', '@polyglot-sql/sdk'] },
  build: {
    outDir: path(outDir),
    target: 'node20.18',
    copyPublicDir: false,
    rolldownOptions: {
      input,
      external: ['electron', ...PACKAGES],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
})

/** `vite build` builds the page; `vite build --app` the page and the desktop program. */
export default defineConfig({
  root: path('renderer'),
  base: '/',
  plugins: [react()],
  define: { __COLOURS__: JSON.stringify(colours()) },
  html: { cspNonce: '__SLUICE_NONCE__' },
  build: {
    outDir: path('dist/renderer'),
    emptyOutDir: true,
    target: 'chrome130',
    sourcemap: true,
    // An inlined asset would need a policy that lets data in.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_600,
  },
  environments: {
    desktop: programs(DESKTOP, 'dist/electron'),
    programs: programs(PROGRAMS, 'dist/programs'),
    preload: {
      consumer: 'server',
      build: {
        outDir: path('dist/electron'),
        emptyOutDir: false,
        target: 'node20.18',
        copyPublicDir: false,
        rolldownOptions: {
          input: { preload: path('electron/hosts/desktop/preload.ts') },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['client', 'desktop', 'programs', 'preload']) {
        const environment = builder.environments[name]
        if (environment) await builder.build(environment)
      }
    },
  },
})

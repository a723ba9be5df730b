/*
 * Programs that Sluice starts get the variables they need, and no others: the user's AWS keys and profile, tokens of
 * other programs and NODE_OPTIONS stay here.
 */

/**
 * What any program needs: where programs and its user's files are, how it writes text and time, and what Windows cannot
 * do without.
 */
const ANY_PROGRAM = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'LANGUAGE', 'TERM'],
  ...['LC_ALL', 'LC_CTYPE', 'LC_MESSAGES', 'LC_NUMERIC', 'LC_TIME', 'LC_COLLATE'],
  ...[
    'SystemRoot',
    'SystemDrive',
    'windir',
    'ComSpec',
    'PATHEXT',
    'USERPROFILE',
    'USERNAME',
    'APPDATA',
    'LOCALAPPDATA',
  ],
  ...['ProgramData', 'ProgramFiles', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE'],
]

/** Where Python, Java and Spark are searched (hosts/spark). */
const FINDING_SPARK = ['JAVA_HOME', 'PYSPARK_PYTHON', 'SLUICE_SPARK_FOLDER', 'SLUICE_SPARK_VERSION', 'XDG_CACHE_HOME']

/**
 * What pip reaches its index through: a proxy's address may hold a password, and pip is the one program that needs it.
 */
const PROXIES = [
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
]
const PIP = [
  ...[
    'PIP_INDEX_URL',
    'PIP_EXTRA_INDEX_URL',
    'PIP_TRUSTED_HOST',
    'PIP_CERT',
    'PIP_CLIENT_CERT',
    'PIP_CONFIG_FILE',
    'PIP_CACHE_DIR',
  ],
  ...['PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PIP_PROXY', 'PIP_TIMEOUT', 'PIP_RETRIES'],
  ...[
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'XDG_CACHE_HOME',
    'XDG_CONFIG_HOME',
    'XDG_CONFIG_DIRS',
  ],
]

/** What the desktop opens the user's own browser with: the display, the session, and the browser that was chosen. */
const DESKTOP = [
  ...[
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
    'DBUS_SESSION_BUS_ADDRESS',
    'BROWSER',
    'DESKTOP_SESSION',
    'KDE_FULL_SESSION',
  ],
  ...[
    'KDE_SESSION_VERSION',
    'XDG_RUNTIME_DIR',
    'XDG_CURRENT_DESKTOP',
    'XDG_SESSION_TYPE',
    'XDG_SESSION_DESKTOP',
    'XDG_DATA_DIRS',
  ],
  ...[
    'XDG_DATA_HOME',
    'XDG_CONFIG_HOME',
    'XDG_CONFIG_DIRS',
    'XDG_CACHE_HOME',
    'XDG_SEAT',
    'XDG_VTNR',
    'XDG_SESSION_ID',
  ],
]

/** The folder that the sandbox records the requests of Sluice's clients in: set by tests. */
export const RECORD_REQUESTS = 'SLUICE_RECORD_REQUESTS'

const NEEDS = {
  /** The sandbox: it finds Spark, and gives each step an environment of its own. Tests have it record requests. */
  sandbox: [...ANY_PROGRAM, ...FINDING_SPARK, RECORD_REQUESTS],
  /** A Python or Java that is asked for its version. */
  probe: [...ANY_PROGRAM, ...FINDING_SPARK],
  pip: [...ANY_PROGRAM, ...PROXIES, ...PIP],
  browser: [...ANY_PROGRAM, ...PROXIES, ...DESKTOP],
} as const

/** The environment of a program that Sluice starts: of this one's variables, those that such a program needs. */
export function childEnvironment(program: keyof typeof NEEDS, environment: NodeJS.ProcessEnv): Record<string, string> {
  return pick(environment, NEEDS[program])
}

/** As on Windows, where a variable has one name in any case. */
function pick(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/**
 * Of Electron's own environment what its parts must not get: each changes how a Node or an Electron starts, for whoever
 * set it. All else stays, as it is the console itself, which reads AWS profiles.
 */
export function withoutNodeSwitches(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ELECTRON_RUN_AS_NODE: __, ...rest } = environment
  return rest
}

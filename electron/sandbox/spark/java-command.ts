import { delimiter, join } from 'node:path'
import type { SparkRuntime } from '../../../shared/features/runtime.ts'

/**
 * What Spark 4.0 opens of the JDK (its JavaModuleOptions), less `--add-modules=jdk.incubator.vector`: a JDK that comes
 * as a wheel lacks that module and would not start. It only makes linear algebra faster.
 */
const MODULE_OPTIONS = [
  '-XX:+IgnoreUnrecognizedVMOptions',
  ...[
    'java.base/java.lang',
    'java.base/java.lang.invoke',
    'java.base/java.lang.reflect',
    'java.base/java.io',
    'java.base/java.net',
    'java.base/java.nio',
    'java.base/java.util',
    'java.base/java.util.concurrent',
    'java.base/java.util.concurrent.atomic',
    'java.base/jdk.internal.ref',
    'java.base/sun.nio.ch',
    'java.base/sun.nio.cs',
    'java.base/sun.security.action',
    'java.base/sun.util.calendar',
    'java.security.jgss/sun.security.krb5',
  ].map(name => `--add-opens=${name}=ALL-UNNAMED`),
  '-Djdk.reflect.useDirectMethodHandle=false',
  '-Dio.netty.tryReflectionSetAccessible=true',
]
/** What Spark 4.2 and later add, for Javas that have these options. */
const OPTIONS_SINCE_JAVA_24 = ['--sun-misc-unsafe-memory-access=allow', '--enable-native-access=ALL-UNNAMED']

/** Of the driver, which in local mode is the executor, too. With 1 GiB the JVM takes about 0.9 GB of memory. */
const HEAP = '-Xmx1g'

/** The command that starts spark-submit: its class, in the JVM, as the script of that name would. */
export function javaCommand(runtime: SparkRuntime, temporary: string, submit: readonly string[]): string[] {
  const classPath = [join(runtime.spark.path, 'conf'), join(runtime.spark.path, 'jars', '*')].join(delimiter)
  return [
    runtime.java.path,
    ...MODULE_OPTIONS,
    ...(Number.parseInt(runtime.java.version, 10) >= 24 ? OPTIONS_SINCE_JAVA_24 : []),
    HEAP,
    `-Djava.io.tmpdir=${temporary}`,
    '-cp',
    classPath,
    'org.apache.spark.deploy.SparkSubmit',
    ...submit,
  ]
}

/*
 * Two scripts between the sandbox and Spark, for what Spark's own launcher does not do:
 *
 * - The JVM does not read its standard input, so it would outlive a sandbox that was killed. The first script ends
 * the whole process group
 *   when its standard input ends.
 * - A signal that reached the JVM would stop Spark in the middle of a batch. It is handed to the driver, which ends
 * after its batch.
 * - Spark merges the standard error of a Python driver into its standard output (PythonRunner). A pipe with a name
 * brings it back to where
 *   people expect it.
 *
 * The folder of the step is in SLUICE_SPARK_STEP, the Python to run in SLUICE_SPARK_PYTHON.
 */

/** Runs its arguments as a command, which is the JVM's. */
export const LAUNCH_SCRIPT = `#!/bin/sh
jvm=
asked=
pass_on() {
  asked=yes
  [ -n "$jvm" ] || return 0
  kill -s TERM "$(cat "$SLUICE_SPARK_STEP/driver" 2>/dev/null || echo "$jvm")" 2>/dev/null
}
trap pass_on TERM INT

exec 3<&0
mkfifo "$SLUICE_SPARK_STEP/stderr" || exit 126
cat "$SLUICE_SPARK_STEP/stderr" >&2 3<&- &
relay=$!
{ cat <&3 >/dev/null; kill -s KILL 0; } &
"$@" <&3 3<&- &
jvm=$!
[ -z "$asked" ] || pass_on

# A trap ends the wait before its time.
while :; do
  wait "$jvm"
  code=$?
  kill -s 0 "$jvm" 2>/dev/null || break
done
if [ -f "$SLUICE_SPARK_STEP/driver" ]; then
  # Its last words, unless what it left behind still holds the pipe.
  { sleep 1; kill -s TERM "$relay"; } 2>/dev/null &
  wait "$relay" 2>/dev/null
fi
exit "$code"
`

/** What Spark starts as the driver's Python. */
export const DRIVER_SCRIPT = `#!/bin/sh
echo $$ >"$SLUICE_SPARK_STEP/driver"
exec "$SLUICE_SPARK_PYTHON" "$@" 2>"$SLUICE_SPARK_STEP/stderr"
`

import type { ClusterRecord, StepRecord } from './cluster.ts'

/** The lines that EMR's step controller writes about a step, in its words: people grep for them. */
export interface ControllerLog {
  started(pid: number): void
  restarted(killed: number[], stillThere: boolean): void
  refused(reason: string): void
  signalled(kind: 'interrupt' | 'terminate'): void
  ended(end: { exitCode: number | null; signal: string | null }, ranMs: number): void
}

export function controllerLog(options: {
  cluster: ClusterRecord
  step: StepRecord
  now: () => number
  append: (text: string) => void
}): ControllerLog {
  const { cluster, step } = options
  const number = cluster.steps.findIndex(entry => entry.id === step.id) + 1
  const command = ['hadoop jar', `/var/lib/aws/emr/step-runner/hadoop-jars/${step.jar}`, ...step.args].join(' ')
  const line = (level: 'INFO' | 'WARN', text: string) =>
    options.append(`${new Date(options.now()).toISOString()} ${level} ${text}\n`)
  return {
    started(pid) {
      line('INFO', `Ensure step ${number} jar file ${step.jar}`)
      line('INFO', `StepRunner: Created Runner for step ${number}`)
      line('INFO', `startExec '${command}'`)
      line('INFO', `redirectOutput to /mnt/var/log/hadoop/steps/${step.id}/stdout`)
      line('INFO', `redirectError to /mnt/var/log/hadoop/steps/${step.id}/stderr`)
      line('INFO', `Working dir /mnt/var/lib/hadoop/steps/${step.id}`)
      line('INFO', `ProcessRunner started child process ${pid} :`)
      line('INFO', `HadoopJarStepRunner.Runner: startRun() called for ${step.id} Child Pid: ${pid}`)
      line('INFO', `Synchronously wait child process to complete : ${command}`)
    },
    restarted(killed, stillThere) {
      line('WARN', `The sandbox was stopped while the step ran. Starting attempt ${step.attempts + 1}.`)
      if (killed.length > 0) line('WARN', `Killed what attempt ${step.attempts} left running: ${killed.join(', ')}`)
      if (stillThere) line('WARN', `A process of attempt ${step.attempts} may still run: it could not be ended.`)
    },
    refused(reason) {
      line('INFO', `startExec '${command}'`)
      line('WARN', reason)
      line('WARN', 'Step failed with exitCode 1 and took 0 seconds')
    },
    signalled(kind) {
      line('INFO', kind === 'interrupt' ? 'Cancelling the step: sent SIGTERM' : 'Cancelling the step: sent SIGKILL')
    },
    ended({ exitCode, signal }, ranMs) {
      // A shell says 128 and the signal's number of a process that a signal ended; EMR writes what it gets from one.
      const code = exitCode ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 0)
      const seconds = Math.round(ranMs / 1000)
      line('INFO', `waitProcessCompletion ended with exit code ${code} : ${command}`)
      line('INFO', `total process run time: ${seconds} seconds`)
      if (code === 0) line('INFO', `Step succeeded with exitCode 0 and took ${seconds} seconds`)
      else line('WARN', `Step failed with exitCode ${code} and took ${seconds} seconds`)
    },
  }
}
